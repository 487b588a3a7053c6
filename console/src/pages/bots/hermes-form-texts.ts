import { defineTexts } from "#console/texts/texts.ts";

export const hermesFormTexts = defineTexts({
  title: { en: "Hermes of {name}", zh: "{name} 的 Hermes" },
  baseUrl: { en: "Address", zh: "地址" },
  baseUrlHint: {
    en: "Begins with https:// and ends in /v1.",
    zh: "以 https:// 开头，以 /v1 结尾。",
  },
  apiKey: { en: "API key", zh: "API 密钥" },
  keyHint: {
    en: "Kept encrypted; nobody can read it again.",
    zh: "加密保存，之后无法再查看。",
  },
  keyKept: {
    en: "Leave empty to keep the stored one. Another host needs its own key.",
    zh: "留空则沿用已保存的密钥；更换主机时须重新填写。",
  },
  profile: { en: "Profile", zh: "配置档" },
  profileHint: { en: "Empty: the usual one", zh: "留空使用默认" },
  model: { en: "Model", zh: "模型" },
  modelHint: { en: "Empty: as in the settings", zh: "留空沿用系统设置" },
  headers: { en: "Extra headers", zh: "附加请求头" },
  headersHint: {
    en: "For a protected tunnel, one “Name: value” a line. Stored with a new key, never shown.",
    zh: "用于受保护的隧道，每行一个“名称: 值”。随新密钥一起保存，不再显示。",
  },
  headersWrong: {
    en: "Write each line as “Name: value”.",
    zh: "每行请按“名称: 值”填写。",
  },
  save: { en: "Save", zh: "保存" },
  saved: { en: "Saved; the next question goes there", zh: "已保存，下一次提问起生效" },
  remove: { en: "Use the hub's own again", zh: "改用公共 Hermes" },
  removeAsk: { en: "Use the hub's own Hermes again?", zh: "改用公共 Hermes？" },
  removeText: {
    en: "The stored key is forgotten. What waits is asked of the hub's own Hermes.",
    zh: "已保存的密钥将被删除，等待中的提问会转交公共 Hermes。",
  },
});
