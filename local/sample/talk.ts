import type { Language, ShopKind } from "./names.ts";

export type Exchange = { question: string; answer: string };
type OfKind = Readonly<Record<Language, readonly [Exchange, ...Exchange[]]>>;

const qa = (question: string, answer: string): Exchange => ({ question, answer });

/** What customers of each kind of shop ask, and what a good agent answers. */
const byKind: Readonly<Record<ShopKind, OfKind>> = {
  tea: {
    zh: [
      qa(
        "周六下午还有包间吗？四个人",
        "有的，周六下午两点到五点「听雨」包间空着，可坐六位，含一壶茶 168 元。需要我帮您留吗？",
      ),
      qa(
        "今年的龙井到了没",
        "到了，明前龙井 50 克 120 元，雨前 50 克 68 元，店里都可以先试喝再买。",
      ),
      qa("你们几点关门", "今天营业到晚上九点半，最后点单是九点。"),
    ],
    en: [
      qa(
        "Do you have a quiet table for two tomorrow around 3?",
        "Yes, the table by the pond window is free from three to five tomorrow. Shall I keep it under your name?",
      ),
      qa(
        "Which tea would you take as a gift for someone who likes smoky flavours",
        "Lapsang from our own hillside: 100 g in a tin for 88 yuan. If it may be lighter, the roasted oolong at 96 yuan is a safe choice.",
      ),
      qa(
        "are dogs ok inside",
        "On the terrace, yes, and there is water for them. Inside we ask for small dogs on a lap only.",
      ),
    ],
  },
  noodles: {
    zh: [
      qa("红烧牛肉面能不能不放香菜", "可以的，备注「免香菜」就行，葱花也可以单独放小碟里。"),
      qa("外卖送到南苇大厦多久", "现在大约 35 分钟。12 点到 1 点是高峰，提前下单会快一些。"),
      qa(
        "有没有不辣的？带小孩",
        "有番茄鸡蛋面和骨汤阳春面，都不辣，儿童小碗 12 元，可以加一个溏心蛋。",
      ),
    ],
    en: [
      qa(
        "Is there anything vegan on the menu?",
        "Three dishes: sesame cold noodles, mushroom broth noodles and the tofu rice bowl. Ask for them without egg.",
      ),
      qa(
        "how long is the queue right now",
        "About fifteen minutes for a table of two. If you tell me when you come, I put you on the list.",
      ),
      qa(
        "can I get the broth less salty",
        "Of course. Write “light broth” with your order and the kitchen makes it with half the salt.",
      ),
    ],
  },
  books: {
    zh: [
      qa("上次订的那套绘本到了吗", "到了，昨天下午入库的，给您放在前台，凭手机尾号来取就可以。"),
      qa(
        "周末的读书会还能报名吗",
        "还有 6 个名额，周日下午三点，主题是「城市散步」，免费，茶点自理。",
      ),
      qa(
        "二手书收吗？大概三十本",
        "收的。社科、文学、童书最好，按定价的 10%–25% 估价，满二十本可以上门。",
      ),
    ],
    en: [
      qa(
        "Can you order a cookbook from abroad for me?",
        "Yes. Send me title or ISBN; it usually takes two to three weeks, and you pay when it is here.",
      ),
      qa(
        "is the reading corner open late today",
        "Until ten tonight. After eight it is usually quiet, and the lamp seats are free.",
      ),
      qa(
        "Something for a nine year old who loves space?",
        "“A Map of the Night” (58 yuan) for reading together, or the build-a-rocket activity book (36 yuan). Both are on the shelf by the stairs.",
      ),
    ],
  },
  flowers: {
    zh: [
      qa(
        "明天上午能送一束到市一医院吗",
        "可以，上午十点前下单，中午十二点前送到。医院建议选香味淡的，百合不太合适，推荐洋桔梗配小雏菊，158 元。",
      ),
      qa("生日蛋糕色系的花有吗", "有奶油杏色和浅粉两种搭配，小束 99 元，中束 168 元，卡片免费写。"),
      qa(
        "玫瑰怎么养能久一点",
        "斜剪根部 2 厘米，水位三分之一，每两天换水，避开空调风口，一般能开七到十天。",
      ),
    ],
    en: [
      qa(
        "How much is a bouquet for an opening?",
        "A standing basket is 288 yuan, a table bouquet 128. Both come with a ribbon; tell me the words by six for tomorrow.",
      ),
      qa(
        "do you deliver on sunday morning",
        "Yes, from nine. Inside the ring road it is free above 100 yuan.",
      ),
      qa(
        "My orchid drops its buds, why?",
        "Most often dry air or a draught. Move it away from the vent, water once a week, and let it dry in between.",
      ),
    ],
  },
  dental: {
    zh: [
      qa(
        "洗牙多少钱，要预约吗",
        "超声洁牙 180 元，约 40 分钟，需要预约。本周四下午两点和四点半还有位置。",
      ),
      qa(
        "拔完智齿还在渗血正常吗",
        "24 小时内有少量血丝是正常的，请咬紧纱布、不要漱口。如果持续大量出血，请马上打电话到诊所，或者直接过来。",
      ),
      qa("可以改到明天下午吗", "可以的，明天下午三点有空，已帮您暂留，请回复「确认」。"),
    ],
    en: [
      qa(
        "I chipped a tooth, can someone look at it today?",
        "Yes, come at 16:30 today. Keep the piece in milk if you have it, and do not bite on that side.",
      ),
      qa(
        "Do you take walk-ins for a cleaning?",
        "Cleanings need an appointment. The next free ones are Thursday 14:00 and Friday 09:30.",
      ),
      qa(
        "how long after a filling can I eat",
        "With a white filling right away, carefully. If you were numbed, wait until the feeling is back, about two hours.",
      ),
    ],
  },
  gym: {
    zh: [
      qa("私教课可以先体验吗", "可以，首次体验课 60 分钟 49 元，包含体测。您平时有训练习惯吗？"),
      qa("月卡能暂停吗 出差两周", "可以，每个自然年可暂停 30 天，在前台或这里告诉我起止日期就行。"),
      qa("晚上人多吗", "工作日 18:30–20:30 最多，21 点以后器械基本不用等。"),
    ],
    en: [
      qa(
        "What do I need to bring for the trial class?",
        "Sports shoes, a towel and water. Lockers are free; come ten minutes early for the short check-up.",
      ),
      qa(
        "can I freeze my membership in december",
        "Yes, up to thirty days a year. Give me the first and the last day and I note it.",
      ),
      qa(
        "Is there yoga before work?",
        "Tuesday and Thursday at 07:00, 50 minutes, twelve mats. Tomorrow two are still free.",
      ),
    ],
  },
  guesthouse: {
    zh: [
      qa(
        "国庆那几天还有房吗，两大一小",
        "10 月 3 日到 5 日家庭房还有一间，每晚 468 元，含早餐，可加儿童床。",
      ),
      qa(
        "从高铁站怎么过来",
        "出站坐 2 号线到「河心」站，B 口出来沿河走五分钟就到；打车大约 25 元。",
      ),
      qa("能提前入住吗", "一般下午两点入住。上午房间收拾好了就可以先进，行李随时可以寄存。"),
    ],
    en: [
      qa(
        "How do I get to you from the station?",
        "Take line 2 to the river stop, exit B, then it is five minutes on foot along the water. A taxi is about 25 yuan.",
      ),
      qa(
        "Is late check-out possible on Sunday?",
        "Until 13:00 without charge, until 16:00 for half a night. Which one suits you?",
      ),
      qa(
        "do you have a crib",
        "Yes, one, free of charge. I can put it into your room before you arrive.",
      ),
    ],
  },
  garage: {
    zh: [
      qa("小保养多少钱，要多久", "全合成机油加机滤 320 元，大约 40 分钟。今天下午三点以后有空位。"),
      qa("空调有异味怎么办", "多半是空调滤芯和蒸发箱，换滤芯加清洗 180 元，先免费帮您检查。"),
      qa("车修好了吗", "刹车片已经换好，正在路试，预计 16:30 可以来取，一共 560 元。"),
    ],
    en: [
      qa(
        "The engine light came on, is it safe to drive?",
        "If it is steady and the car drives as usual, come by slowly today. If it blinks, stop and call us; we fetch it.",
      ),
      qa(
        "how much for winter tyres incl. fitting",
        "For 16 inch 1,480 to 2,100 yuan for four, fitted and balanced. Storing the summer set is 120 a season.",
      ),
      qa(
        "When can I pick up my car?",
        "It is ready at 16:30 today. Brake pads and oil, 560 yuan together.",
      ),
    ],
  },
  bakery: {
    zh: [
      qa(
        "可以订六寸的生日蛋糕吗 后天要",
        "可以，六寸 168 元起，有芒果、栗子、巧克力三种，后天上午十点以后取。要写什么字？",
      ),
      qa("有无糖的面包吗", "有无糖全麦和黑麦核桃两种，每天上午九点出炉，卖完为止。"),
      qa("今天的可颂还有吗", "还有十来个，帮您留两个到下午四点可以吗？"),
    ],
    en: [
      qa("Do you still have sourdough?", "Four loaves left. I can keep one for you until five."),
      qa(
        "Can a cake be made without nuts?",
        "The lemon one and the plain sponge are made without nuts, but in a kitchen that uses them. For an allergy please tell us two days before.",
      ),
      qa("what time do you open tomorrow", "At half past seven; the croissants come out at eight."),
    ],
  },
  music: {
    zh: [
      qa(
        "零基础成人可以学钢琴吗",
        "可以的，成人零基础一对一每节 45 分钟，体验课 60 元，工作日晚上和周末都有时间。",
      ),
      qa(
        "孩子这周请假一次",
        "好的，已记录，这节课可以在本月内补，周六上午十点和周三晚上七点有空。",
      ),
      qa("小提琴可以租吗", "可以，1/4 到 4/4 都有，每月 80 元，押金 500 元，换尺寸不另收费。"),
    ],
    en: [
      qa(
        "Can we move Thursday's lesson to Saturday?",
        "Yes, Saturday at ten or at half past two. Which one shall I note?",
      ),
      qa(
        "do you rent violins",
        "All sizes, 80 yuan a month with 500 deposit; changing to the next size is free.",
      ),
      qa(
        "How old should a child be to start the drums?",
        "From about six. A trial lesson is 60 yuan, and we lend the sticks.",
      ),
    ],
  },
};

/** What is asked in every shop. */
const anywhere: OfKind = {
  zh: [
    qa("附近好停车吗", "门口有 8 个车位，停满了可以停对面的地下车库，消费后前两小时免费。"),
    qa("可以开发票吗", "可以的，把抬头和税号发给我，电子发票当天发到您的邮箱。"),
    qa("周一休息吗", "周一照常营业，只有春节休息三天，会提前在这里通知。"),
    qa("支持支付宝吗", "微信、支付宝、银行卡和现金都可以。"),
  ],
  en: [
    qa(
      "Is there parking nearby?",
      "Eight places at the door; when they are taken, the garage across the street, with two hours free for customers.",
    ),
    qa(
      "can I get an invoice",
      "Yes. Send me the company name and tax number, and it is in your mail today.",
    ),
    qa(
      "Are you open on Mondays?",
      "Yes, as on any other day. We only close for three days at Spring Festival.",
    ),
    qa(
      "do you take foreign cards",
      "Visa and Mastercard at the counter, and Alipay and WeChat Pay here.",
    ),
  ],
};

/** Said when all is answered. */
export const thanks: Readonly<Record<Language, Exchange>> = {
  zh: qa("好的谢谢", "不客气，有需要随时找我们。"),
  en: qa("great, thanks", "You are welcome. Just write if there is anything else."),
};

const unknown: Readonly<Record<Language, string>> = {
  zh: "好的，我帮您问一下，马上回复您。",
  en: "Thank you, let me look into it; I will be right back with you.",
};

const all = [...Object.values(byKind), anywhere, { zh: [thanks.zh], en: [thanks.en] }].flatMap(
  ({ zh, en }) => [...zh, ...en],
);

export function exchangesOf(kind: ShopKind, language: Language): OfKind[Language] {
  const [first, ...more] = byKind[kind][language];
  return [first, ...more, ...anywhere[language]];
}

/** The agent's words for whatever holds one of the questions; the last one in it counts. */
export function answerTo(text: string): string {
  const asked = all
    .map(({ question, answer }) => ({ at: text.lastIndexOf(question), answer }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => b.at - a.at);
  return asked[0]?.answer ?? unknown[/\p{Script=Han}/u.test(text) ? "zh" : "en"];
}
