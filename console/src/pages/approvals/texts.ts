import { defineTexts } from "#console/texts/texts.ts";

export const approvalTexts = defineTexts({
  title: { en: "Approvals", zh: "审批" },
  hint: {
    en: "Scanned bots wait here. Until they are approved they neither poll nor answer.",
    zh: "已扫码的机器人在此等待审批，批准前不会轮询或回复。",
  },
  name: { en: "Name", zh: "名称" },
  person: { en: "Scanned by", zh: "扫码用户" },
  noOwner: { en: "no owner named", zh: "未填负责人" },
  search: { en: "Name or label", zh: "名称或标签" },
  scanned: { en: "Scanned", zh: "扫码时间" },
  policy: { en: "Policy to give", zh: "赋予策略" },
  policyFor: { en: "Policy for {name}", zh: "{name} 的策略" },
  duplicates: { en: "Duplicates", zh: "重复" },
  sameName: { en: "Same name:", zh: "同名机器人：" },
  none: { en: "none", zh: "无" },
  approve: { en: "Approve", zh: "批准" },
  reject: { en: "Reject", zh: "拒绝" },
  approveAll: { en: "Approve {n}", zh: "批准 {n} 个" },
  approveOne: { en: "Approve {name}", zh: "批准 {name}" },
  rejectAll: { en: "Reject {n}…", zh: "拒绝 {n} 个…" },
  rejectMany: { en: "Reject {n|# bot|# bots}", zh: "拒绝 {n} 个机器人" },
  refused: {
    en: "{n|# was|# were} refused. The first: {reason}",
    zh: "{n} 个未能处理。首个原因：{reason}",
  },
  approved: { en: "Approved {n|# bot|# bots}", zh: "已批准 {n} 个机器人" },
  rejectTitle: { en: "Reject {name}", zh: "拒绝 {name}" },
  rejectHint: {
    en: "The bot is cleaned up and its login dropped. The reason stays in the audit log.",
    zh: "机器人将被清理并移除登录，原因会保留在审计日志中。",
  },
  reason: { en: "Reason", zh: "原因" },
  rejected: { en: "Rejected {n|# bot|# bots}", zh: "已拒绝 {n} 个机器人" },
  emptyTitle: { en: "Nothing waits for approval", zh: "没有待审批的机器人" },
  emptyHint: {
    en: "A bot appears here as soon as its owner has scanned.",
    zh: "负责人扫码后，机器人会立即出现在这里。",
  },
  addBot: { en: "Add a bot", zh: "添加机器人" },
  actions: { en: "Actions", zh: "操作" },
});
