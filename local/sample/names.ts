import { at } from "./choose.ts";

/** Places that are on no map: nobody's shop is among them. */
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
  { kind: "tea", zh: "茶馆", en: "Tea House", label: "dining" },
  { kind: "books", zh: "书店", en: "Bookshop", label: "retail" },
  { kind: "dental", zh: "牙科诊所", en: "Dental Clinic", label: "health" },
  { kind: "noodles", zh: "面馆", en: "Noodle Bar", label: "dining" },
  { kind: "guesthouse", zh: "民宿", en: "Guesthouse", label: "leisure" },
  { kind: "flowers", zh: "花店", en: "Florist", label: "retail" },
  { kind: "gym", zh: "健身房", en: "Gym", label: "health" },
  { kind: "bakery", zh: "面包房", en: "Bakery", label: "dining" },
  { kind: "garage", zh: "修车行", en: "Garage", label: "services" },
  { kind: "music", zh: "琴行", en: "Music School", label: "leisure" },
] as const;

const regions = ["north", "south", "riverside"] as const;

/** What operators write beside a contact, as WeChat gives no name; every fourth has nothing yet. */
const aliases = {
  zh: [
    "靠窗的常客",
    "周六四人桌",
    "订单 1042",
    "住在对面",
    "开发票的公司",
    "朋友介绍来的",
    "带小朋友",
    "新客户，第一次来",
    "团建联系人",
    "订单 1187",
    "会员卡快到期",
  ],
  en: [
    "Regular, window seat",
    "Saturday party of six",
    "Order 1042",
    "Lives across the street",
    "Needs an invoice",
    "Came through a friend",
    "Comes with children",
    "First visit",
    "Company outing",
    "Order 1187",
    "Card runs out soon",
  ],
} as const;

export type Language = "zh" | "en";
export type ShopKind = (typeof kinds)[number]["kind"];

export type SampleBot = {
  name: string;
  labels: string[];
  kind: ShopKind;
  language: Language;
};

/** The bot with this number; the names of the first thousand differ. */
export function sampleBot(number: number): SampleBot {
  const language = number % 2 === 0 ? "zh" : "en";
  const half = Math.floor(number / 2);
  const place = at(places, half);
  // Each ten pairs the places with the next kinds; the English half is elsewhere than the Chinese.
  const of = at(kinds, half + Math.floor(half / places.length) + (language === "en" ? 5 : 0));
  const branch = Math.floor(half / (places.length * kinds.length));
  const suffix = branch === 0 ? "" : ` ${branch + 1}`;
  const name = language === "zh" ? `${place[0]}${of.zh}` : `${place[1]} ${of.en}`;
  const labels = [of.label, at(regions, half), ...(number % 7 === 0 ? ["vip"] : [])];
  return { name: `${name}${suffix}`, labels, kind: of.kind, language };
}

export function sampleAlias(language: Language, number: number): string | null {
  return number % 4 === 3 ? null : at(aliases[language], number);
}
