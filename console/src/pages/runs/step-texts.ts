import { defineTexts } from "#console/texts/texts.ts";

/** Classes of failure, keyed as the api writes them. */
export const classTexts = defineTexts({
  "hermes.away": { en: "Hermes is away", zh: "Hermes 不可用" },
  "hermes.paused": { en: "Calls to Hermes are paused", zh: "已暂停调用 Hermes" },
  "hermes.full": { en: "All places at Hermes are taken", zh: "Hermes 已满" },
  "hermes.too_late": { en: "Waited for Hermes too long", zh: "等待 Hermes 过久" },
  "hermes.unavailable": { en: "Hermes could not be reached", zh: "无法连接 Hermes" },
  "hermes.misconfigured": { en: "A setting of Hermes is wrong", zh: "Hermes 配置有误" },
  "hermes.busy": { en: "Hermes was busy", zh: "Hermes 繁忙" },
  "hermes.refused": { en: "Hermes refused this message", zh: "Hermes 拒绝了该消息" },
  "hermes.failed_turn": { en: "Hermes' turn failed", zh: "Hermes 处理失败" },
  "hermes.empty": { en: "Hermes said nothing", zh: "Hermes 没有给出内容" },
  "hermes.lost": { en: "Hermes lost the turn", zh: "Hermes 丢失了本次处理" },
  "hermes.transient": { en: "A fault inside Hermes", zh: "Hermes 内部错误" },
  "hermes.ambiguous": { en: "Unclear what became of it at Hermes", zh: "Hermes 处理结果不明" },
  "hermes.in_progress": { en: "Hermes is still at work", zh: "Hermes 仍在处理" },
  "hermes.needs_person": { en: "Hermes waits for consent", zh: "Hermes 等待人工许可" },
  "account.unavailable": { en: "The bot was not approved any more", zh: "机器人已不在批准状态" },
});

/** Steps of a timeline, keyed as the api writes them. */
export const stepTexts = defineTexts({
  "message.received": { en: "Message received", zh: "收到消息" },
  "run.began": { en: "Question taken up", zh: "开始处理提问" },
  "hermes.asked": { en: "Hermes asked", zh: "向 Hermes 提问" },
  answered: { en: "Hermes answered", zh: "Hermes 已回答" },
  "answer.accepted": { en: "WeChat took the answer", zh: "微信已接收回答" },
});
