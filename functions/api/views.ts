import { Account } from "#core/accounts/account.ts";
import { AgentRun } from "#core/agent-runs/agent-run.ts";
import { Login } from "#core/logins/login.ts";
import { InboundMessage, OutboundMessage } from "#core/messages/message.ts";

/** What programs read of an account: no credential, no cursor, nothing of the hub's inner workings. */
export const AccountView = Account.omit({
  credential: true,
  hermesCredential: true,
  hermesMoved: true,
  cursor: true,
  lease: true,
  auditOutbox: true,
  scheduleDiffers: true,
  nameKey: true,
  searchKeys: true,
  createdUnder: true,
}).openapi("Account");

/** The QR code is made from `qrContent`; the poll key and what WeChat gave stay inside. */
export const LoginView = Login.omit({
  qrcode: true,
  confirmed: true,
  lease: true,
  verifyCode: true,
  statusBaseUrl: true,
}).openapi("Login");

export const MessageView = InboundMessage.omit({ raw: true, contextToken: true, dedupeKeys: true })
  .or(OutboundMessage.omit({ dedupeKeys: true, auditOutbox: true }))
  .openapi("Message");

export const RunView = AgentRun.omit({
  request: true,
  contextToken: true,
  auditOutbox: true,
}).openapi("AgentRun");
