import { defineTexts } from "#console/texts/texts.ts";

export const auditTexts = defineTexts({
  title: { en: "Audit", zh: "审计" },
  hint: {
    en: "Who did what, and when; nothing can be taken out.",
    zh: "谁在何时做了什么，记录不可删除。",
  },
  when: { en: "When", zh: "时间" },
  who: { en: "Who", zh: "操作者" },
  what: { en: "What", zh: "操作" },
  subject: { en: "On what", zh: "对象" },
  details: { en: "Details", zh: "详情" },
  subjectFilter: { en: "Id of a bot, user or run", zh: "机器人、用户或运行的编号" },
  actionFilter: { en: "Action, such as account.approved", zh: "操作，例如 account.approved" },
  actorFilter: { en: "Id of a user", zh: "用户编号" },
  from: { en: "From", zh: "从" },
  to: { en: "To", zh: "到" },
  exportCsv: { en: "Export CSV", zh: "导出 CSV" },
  exportJsonl: { en: "Export JSONL", zh: "导出 JSONL" },
  emptyTitle: { en: "Nothing was done yet", zh: "暂无操作" },
  hub: { en: "the hub", zh: "系统" },
});
