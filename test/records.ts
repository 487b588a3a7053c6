import { Account } from "#core/accounts/account.ts";
import { newAccount } from "#core/accounts/create-account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { AgentRun, unfinishedStatuses } from "#core/agent-runs/agent-run.ts";
import { newRun } from "#core/agent-runs/new-run.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { Conversation, creditsPerInbound } from "#core/conversations/conversation.ts";
import { Login } from "#core/logins/login.ts";
import { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { builtInPolicies, Policy } from "#core/policies/policy.ts";
import { compose } from "#core/sending/compose.ts";
import type { Deps } from "#core/shared/deps.ts";
import { conversationIdOf } from "#core/shared/ids.ts";

export const operator: Actor = { kind: "operator", id: "mei" };

type RecordDeps = Deps<"credentials" | "hermes">;

/** A built-in policy by its name, without the wait for the end of a burst. */
export function policyNamed(name: "auto" | "manual-review" | "off"): Policy {
  const found = builtInPolicies.find(({ _id }) => _id === name);
  if (!found) throw new Error(`There is no built-in policy ${name}.`);
  return Policy.parse({ ...found, debounceSeconds: 0 });
}

/** A bot that was scanned, approved and set to poll. */
export function approvedAccount(deps: RecordDeps, changed: Partial<Account> = {}): Account {
  const { name = "front desk", labels = ["shop"] } = changed;
  const wanted = { name, labels, owner: "mei", policyId: "auto" };
  const fresh = newAccount(deps, operator, wanted);
  const botId = `${fresh._id}@im.bot`;
  const keys = deps.settings.credentials.CREDENTIAL_KEY;
  return Account.parse({
    ...fresh,
    status: "approved",
    live: true,
    generation: 1,
    botId,
    ilinkUserId: `owner-of-${fresh._id}@im.wechat`,
    credential: sealToken(keys, botId, `${botId}:secret`),
    polling: true,
    scheduleWanted: "on",
    scheduleApplied: "on",
    auditOutbox: [],
    ...changed,
  });
}

/** A contact that wrote a moment ago: the window is open and all credits are there. */
export function openConversation(
  deps: Deps,
  accountId: string,
  changed: Partial<Conversation> = {},
): Conversation {
  const userId = changed.userId ?? "oContactMixedCase@im.wechat";
  return Conversation.parse({
    _id: conversationIdOf(accountId, userId),
    accountId,
    userId,
    alias: null,
    note: null,
    contextToken: "context-token-1",
    generation: 1,
    sessionId: "wechat-session-1",
    lastInboundAt: deps.clock.now(),
    credits: creditsPerInbound,
    creditClientIds: [],
    hermesSession: 1,
    turn: null,
    takenOverBy: null,
    noticeAt: null,
    createdAt: deps.clock.now(),
    version: 1,
    ...changed,
  });
}

/** A contact's text that waits for an answer. */
export function waitingMessage(
  deps: Deps,
  of: Pick<Conversation, "_id" | "accountId" | "userId">,
  changed: Partial<InboundMessage> = {},
): InboundMessage {
  const id = changed._id ?? deps.newId("message");
  const now = deps.clock.now();
  return InboundMessage.parse({
    _id: id,
    accountId: of.accountId,
    conversationId: of._id,
    userId: of.userId,
    direction: "inbound",
    dedupeKeys: [`id:1:${id}`],
    text: "When do you open?",
    createdAt: now,
    version: 1,
    generation: 1,
    sentAt: now,
    receivedAt: now,
    sessionId: "wechat-session-1",
    contextToken: "context-token-1",
    raw: {},
    media: [],
    waiting: true,
    pushAfter: now,
    runId: null,
    unansweredReason: null,
    ...changed,
  });
}

/** A run over these messages as an agent Lambda begins it. */
export function begunRun(
  deps: RecordDeps,
  of: { account: Account; conversation: Conversation; messages: readonly InboundMessage[] },
  changed: Partial<AgentRun> = {},
): AgentRun {
  const aliveUntil = new Date(deps.clock.now().getTime() + 150_000);
  const turn = { turnId: "trn_first", aliveUntil, via: "chat" } as const;
  const begun = newRun(deps, { ...of, policy: policyNamed("auto"), ...turn });
  const { unfinished: _, ...run } = AgentRun.parse({ ...begun, ...changed });
  return unfinishedStatuses.includes(run.status) ? { ...run, unfinished: true } : run;
}

/** An outbound message, its first chunk under way. */
export function outboundMessage(
  deps: Deps,
  of: Pick<Conversation, "_id" | "accountId" | "userId">,
  changed: Partial<OutboundMessage> = {},
): OutboundMessage {
  const id = changed._id ?? deps.newId("message");
  const composed = compose(deps, {
    id,
    kind: "answer",
    text: changed.text ?? "We open at nine.",
    accountId: of.accountId,
    conversationId: of._id,
    userId: of.userId,
    runId: null,
    onceKey: id,
  });
  return OutboundMessage.parse({ ...composed, ...changed });
}

/** A login whose QR code nobody has scanned yet. */
export function waitingLogin(deps: Deps, accountId: string, changed: Partial<Login> = {}): Login {
  const now = deps.clock.now();
  return Login.parse({
    _id: deps.newId("login"),
    accountId,
    status: "waiting",
    open: true,
    qrcode: "0123456789abcdef0123456789abcdef",
    qrContent: "https://liteapp.weixin.qq.com/q/abc?qrcode=0123456789abcdef0123456789abcdef",
    qrCount: 1,
    qrIssuedAt: now,
    statusBaseUrl: null,
    expectedIlinkUserId: null,
    verifyCode: null,
    verifyCodeWrong: false,
    outcome: null,
    failure: null,
    failureCode: null,
    lease: { holder: null, expiresAt: new Date(0) },
    createdAt: now,
    expiresAt: new Date(now.getTime() + 330_000),
    deleteAt: new Date(now.getTime() + 86_400_000),
    version: 1,
    ...changed,
  });
}
