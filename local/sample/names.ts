/** Places that are on no map, and kinds of shops: nobody's name is among them. */
const places = [
  ["云溪", "Cloudbrook"],
  ["北渡", "Northferry"],
  ["青石桥", "Greenstone Bridge"],
  ["月牙湾", "Crescent Cove"],
  ["松岭", "Pine Ridge"],
  ["南苇", "Southreed"],
  ["金穗镇", "Goldsheaf"],
  ["白鹭洲", "Egret Isle"],
  ["竹里", "Bamboo Lane"],
  ["星河里", "Starriver Court"],
] as const;

const kinds = [
  ["茶馆", "Tea House"],
  ["面馆", "Noodle Bar"],
  ["书店", "Bookshop"],
  ["花店", "Florist"],
  ["牙科诊所", "Dental Clinic"],
  ["健身房", "Gym"],
  ["民宿", "Guesthouse"],
  ["修车行", "Garage"],
  ["面包房", "Bakery"],
  ["琴行", "Music School"],
] as const;

export const questions = [
  "你们今天几点关门？",
  "Do you have a table for four at seven?",
  "上次订的东西到了吗？订单号我发过的",
  "可以改到明天下午吗",
  "How do I get to you from the station?",
  "有没有适合小朋友的？多少钱",
] as const;

export const answers = [
  "我们今天营业到晚上九点，最后点单是八点半。",
  "Yes, a table for four is free at seven. Shall I keep it for you?",
  "已经到了，您随时可以来取，请带上取件码。",
  "可以的，明天下午两点和四点都有空位。",
  "Take line 2 to the river stop, then it is five minutes on foot along the water.",
  "有的，儿童套餐是 38 元，含一份饮料。",
] as const;

/** The name and labels of the bot with this number; the first thousand differ. */
export function sampleBot(number: number): { name: string; labels: string[] } {
  const language = number % 2;
  const place = places[Math.floor(number / 2) % places.length] ?? places[0];
  const kind = kinds[Math.floor(number / (2 * places.length)) % kinds.length] ?? kinds[0];
  const branch = Math.floor(number / (2 * places.length * kinds.length));
  const suffix = branch === 0 ? "" : ` ${branch + 1}`;
  const name = language === 0 ? `${place[0]}${kind[0]}` : `${place[1]} ${kind[1]}`;
  return { name: `${name}${suffix}`, labels: [kind[1].toLowerCase(), place[1].toLowerCase()] };
}
