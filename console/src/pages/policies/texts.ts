import { defineTexts } from "#console/texts/texts.ts";

export const policyTexts = defineTexts({
  title: { en: "Policies", zh: "策略" },
  hint: {
    en: "What bots may answer alone. A change holds from the next question on.",
    zh: "机器人可自动回复的范围。修改从下一次提问起生效。",
  },
  add: { en: "Add a policy", zh: "新建策略" },
  edit: { en: "Edit {name}", zh: "编辑 {name}" },
  name: { en: "Name", zh: "名称" },
  mode: { en: "Mode", zh: "模式" },
  auto: { en: "Answers alone", zh: "自动回复" },
  "manual-review": { en: "A person approves", zh: "人工审核" },
  off: { en: "Off", zh: "关闭" },
  bots: { en: "Bots", zh: "机器人" },
  usedBy: { en: "Used by", zh: "使用中的机器人" },
  nobody: { en: "No bot uses it", zh: "没有机器人使用" },
  memory: { en: "Memory", zh: "记忆" },
  conversation: { en: "Remembers the conversation", zh: "记住会话" },
  none: { en: "Each question by itself", zh: "每次提问独立" },
  debounceSeconds: { en: "Seconds to wait for more messages", zh: "等待连续消息（秒）" },
  maxAnswerAgeMinutes: {
    en: "Oldest message answered alone, in minutes",
    zh: "自动回复的消息最长时限（分钟）",
  },
  busyNoticeSeconds: { en: "Seconds before a busy notice", zh: "繁忙通知等待时间（秒）" },
  maxRunsPerContactPerDay: { en: "Questions per contact and day", zh: "每位联系人每日提问上限" },
  maxRunsPerAccountPerDay: { en: "Questions per bot and day", zh: "每个机器人每日提问上限" },
  answerVoice: {
    en: "Answer voice messages that carry a transcript",
    zh: "回复带文字转写的语音消息",
  },
  noticeText: {
    en: "Notice while Hermes is away (empty: the hub's words)",
    zh: "Hermes 不可用时的通知（留空使用默认）",
  },
  busyNoticeText: {
    en: "Notice while Hermes is busy (empty: the hub's words)",
    zh: "Hermes 繁忙时的通知（留空使用默认）",
  },
  continueText: { en: "Offer to go on (empty: the hub's words)", zh: "继续提示语（留空使用默认）" },
  continueWords: { en: "Words that ask for the rest", zh: "继续关键词" },
  save: { en: "Save", zh: "保存" },
  saved: { en: "Saved; it holds from the next question on", zh: "已保存，下一次提问起生效" },
  empty: { en: "No policy yet", zh: "还没有策略" },
});
