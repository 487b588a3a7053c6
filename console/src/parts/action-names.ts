import { defineTexts, useTexts } from "#console/texts/texts.ts";

/** What the audit log tells of, in words; keys are its own. */
export const actionTexts = defineTexts({
  "account.created": { en: "Bot added", zh: "添加机器人" },
  "account.described": { en: "Bot renamed or labelled", zh: "修改机器人资料" },
  "account.policy_changed": { en: "Policy of a bot changed", zh: "更换机器人策略" },
  "account.echo_context_token_changed": {
    en: "Context token setting changed",
    zh: "修改上下文令牌设置",
  },
  "account.logged_in": { en: "Logged in by a scan", zh: "扫码登录" },
  "account.login_expired": { en: "Login expired", zh: "登录失效" },
  "account.login_kept": { en: "Login still good, kept", zh: "登录仍有效，已保留" },
  "account.expiry_notified": { en: "Operators told of the expiry", zh: "已通知登录失效" },
  "account.rescan_link_made": { en: "Scan link made", zh: "生成扫码链接" },
  "account.dropped_as_duplicate": { en: "Dropped as a duplicate", zh: "因重复而移除" },
  "login.started": { en: "QR login started", zh: "发起扫码登录" },
  "login.code_typed": { en: "Phone's code typed", zh: "输入手机验证码" },
  "account.approved": { en: "Bot approved", zh: "批准机器人" },
  "account.rejected": { en: "Bot rejected", zh: "拒绝机器人" },
  "account.suspended": { en: "Bot suspended", zh: "暂停机器人" },
  "account.resumed": { en: "Bot resumed", zh: "恢复机器人" },
  "account.polling_started": { en: "Polling started", zh: "开始轮询" },
  "account.polling_stopped": { en: "Polling stopped", zh: "停止轮询" },
  "account.hermes_set": { en: "Own Hermes set", zh: "设置专用 Hermes" },
  "account.hermes_removed": { en: "Own Hermes removed", zh: "移除专用 Hermes" },
  "account.retiring": { en: "Clean-up asked for", zh: "开始清理机器人" },
  "account.retired": { en: "Clean-up finished", zh: "机器人清理完成" },
  "contact.described": { en: "Contact named or noted", zh: "修改联系人资料" },
  "conversation.taken_over": { en: "Conversation taken over", zh: "人工接管会话" },
  "conversation.handed_back": { en: "Conversation handed back", zh: "交还会话" },
  "conversation.fresh_session": { en: "Fresh Hermes session", zh: "新建 Hermes 会话" },
  "messages.read": { en: "Messages read", zh: "查看消息" },
  "message.written": { en: "Message written by a person", zh: "人工发送消息" },
  "message.retried": { en: "Message sent again", zh: "重发消息" },
  "message.dropped": { en: "Message dropped", zh: "放弃消息" },
  "run.retried": { en: "Run tried again", zh: "重试运行" },
  "run.cancelled": { en: "Run cancelled", zh: "取消运行" },
  "review.claimed": { en: "Draft claimed", zh: "认领草稿" },
  "review.released": { en: "Draft released", zh: "释放草稿" },
  "review.snoozed": { en: "Draft snoozed", zh: "稍后处理草稿" },
  "review.approved": { en: "Draft approved", zh: "批准草稿" },
  "review.withdrawn": { en: "Approval withdrawn", zh: "撤回批准" },
  "review.rejected": { en: "Draft rejected", zh: "拒绝草稿" },
  "review.regenerated": { en: "Another draft asked for", zh: "重新生成草稿" },
  "dead_job.redriven": { en: "Dead job redriven", zh: "重新投递失败任务" },
  "dead_job.deleted": { en: "Dead job deleted", zh: "删除失败任务" },
  "policy.created": { en: "Policy made", zh: "新建策略" },
  "policy.changed": { en: "Policy changed", zh: "修改策略" },
  "hermes.paused": { en: "Calls of Hermes paused", zh: "暂停调用 Hermes" },
  "hermes.resumed": { en: "Calls of Hermes resumed", zh: "恢复调用 Hermes" },
  "hermes.test_question": { en: "Test question asked", zh: "测试提问" },
  "user.created": { en: "User made", zh: "创建用户" },
  "user.invited": { en: "User invited", zh: "邀请用户" },
  "user.link_made": { en: "Password link made", zh: "生成密码链接" },
  "user.password_set": { en: "Password set", zh: "设置密码" },
  "user.rights_changed": { en: "Rights of a user changed", zh: "修改用户权限" },
  "user.sessions_ended": { en: "Signed out everywhere", zh: "结束用户会话" },
  "user.disabled": { en: "User disabled", zh: "停用用户" },
  "user.enabled": { en: "User enabled", zh: "启用用户" },
  "token.created": { en: "Token made", zh: "创建令牌" },
  "token.revoked": { en: "Token revoked", zh: "吊销令牌" },
});

export const actions = Object.keys(actionTexts);

/** An action in words; one that this console does not know yet as it is written in the log. */
export function useActionName(): (action: string) => string {
  const t = useTexts(actionTexts);
  const isKnown = (action: string): action is keyof typeof actionTexts => action in actionTexts;
  return (action) => (isKnown(action) ? t(action) : action);
}
