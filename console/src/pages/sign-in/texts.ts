import { defineTexts } from "#console/texts/texts.ts";

export const signInTexts = defineTexts({
  title: { en: "Sign in", zh: "登录" },
  hint: {
    en: "WeChat bots with your own agent behind them.",
    zh: "让你的 Agent 管理多个微信机器人。",
  },
  name: { en: "Name", zh: "用户名" },
  password: { en: "Password", zh: "密码" },
  signIn: { en: "Sign in", zh: "登录" },
  forgot: {
    en: "Forgot your password? An owner can make a reset link for you.",
    zh: "忘记密码？请所有者为你生成重置链接。",
  },
  otherLanguage: { en: "中文", zh: "English" },
  inviteTitle: { en: "Welcome", zh: "欢迎" },
  inviteHint: {
    en: "You were invited as {role}. Choose the name and password you will sign in with.",
    zh: "你受邀成为“{role}”。请设置登录用的用户名和密码。",
  },
  resetTitle: { en: "New password", zh: "设置新密码" },
  resetHint: { en: "Choose a new password for {name}.", zh: "为 {name} 设置新密码。" },
  passwordHint: { en: "10 characters or more", zh: "至少 10 个字符" },
  save: { en: "Save and sign in", zh: "保存并登录" },
  noLink: { en: "This address carries no link", zh: "地址中没有链接信息" },
  noLinkHint: {
    en: "Open the whole link that you were sent, or ask an owner for a new one.",
    zh: "请打开收到的完整链接，或向所有者索取新链接。",
  },
});
