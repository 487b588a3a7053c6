import type { Account, AccountStatus } from "#core/accounts/account.ts";
import { newAccount } from "#core/accounts/create-account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { type Actor, type AuditLine, hubActor } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import { Login } from "#core/logins/login.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { newBotId, newBotToken, newQrKey, newUserId } from "#local/wechat-sim/ids.ts";
import { at } from "./choose.ts";
import { sampleBot, type SampleBot } from "./names.ts";
import { depsAt, type SampleSource } from "./source.ts";

/** A bot with what was done about it, and its token, which is empty before its scan. */
export type BotRecords = {
  about: SampleBot;
  account: Account;
  token: string;
  login: Login | null;
  lines: AuditLine[];
};

/** What each of ten bots in a row is: most work, some need a person. */
const statuses: readonly AccountStatus[] = [
  "approved",
  "approved",
  "approved",
  "approved",
  "approved",
  "approved",
  "suspended",
  "pending_approval",
  "login_expired",
  "pending_login",
];

const owners = ["shop floor", "evening desk", null, "head office"];
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** The bot with this number: created some weeks ago, scanned, approved, and what came of it. */
export function makeBot(source: SampleSource, number: number): BotRecords {
  const { deps } = source;
  const now = deps.clock.now();
  const about = sampleBot(number);
  const status = at(statuses, number);
  const isNew = status === "pending_login" || status === "pending_approval";
  const ageSeconds = isNew ? 6 * hour + (number % 30) * 11 * minute : (8 + (number % 22)) * day;
  const createdAt = plusSeconds(now, -ageSeconds);
  const loggedInAt = plusSeconds(createdAt, (7 + (number % 40)) * minute);
  const then = depsAt(deps, createdAt);
  const creator: Actor = { kind: "operator", id: at(source.people.operators, number) };
  const { kind: _kind, language: _language, ...named } = about;
  const owner = at(owners, number);
  const fresh = newAccount(then, creator, { ...named, owner, policyId: policyOf(source, number) });
  const account: Account = { ...fresh, auditOutbox: [], status };
  const created = fresh.auditOutbox;
  if (status === "pending_login") {
    return { about, account, token: "", login: null, lines: created };
  }
  const scanned = scan(source, loggedInAt);
  return {
    about,
    token: scanned.token,
    account: { ...account, ...scanned.fields, ...stateOf(source, status, { number, loggedInAt }) },
    login: loginOf(source, account, loggedInAt, scanned.fields.botId),
    lines: [...created, ...linesOf(source, account, { number, loggedInAt })],
  };
}

/** A third of the bots has a person read each answer first. */
function policyOf({ policies }: SampleSource, number: number): string {
  const turn = Math.floor(number / 3);
  return number % 3 === 0 ? at(policies.reviewed, turn) : at(policies.auto, turn);
}

function scan({ deps, random, wechatUrl }: SampleSource, loggedInAt: Date) {
  const botId = newBotId(random);
  const token = newBotToken(random, botId);
  const fields = {
    botId,
    ilinkUserId: newUserId(random),
    live: true,
    generation: 1,
    loggedInAt,
    updatedAt: loggedInAt,
    credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, token),
    ...(wechatUrl === null ? {} : { baseUrl: wechatUrl }),
  } satisfies Partial<Account>;
  return { token, fields };
}

/** What follows from the status; who has no WeChat to ask has no schedule either. */
function stateOf(
  { deps, wechatUrl }: SampleSource,
  status: AccountStatus,
  { number, loggedInAt }: { number: number; loggedInAt: Date },
): Partial<Account> {
  const now = deps.clock.now();
  if (status === "pending_approval") return {};
  if (status === "suspended") {
    return { polling: true, updatedAt: plusSeconds(now, -3 * hour - number * minute) };
  }
  if (status === "login_expired") {
    const loginExpiredAt = plusSeconds(now, -hour - number * 7 * minute);
    const expired = { loginExpiredAt, statusBeforeExpiry: "approved" as const };
    const lastGoodPollAt = plusSeconds(loginExpiredAt, -30);
    return { ...expired, polling: true, lastGoodPollAt, updatedAt: loginExpiredAt };
  }
  const schedule = wechatUrl === null ? "off" : "on";
  return {
    polling: true,
    scheduleWanted: schedule,
    scheduleApplied: schedule,
    lastGoodPollAt: plusSeconds(now, -(number % 30)),
    updatedAt: plusSeconds(loggedInAt, 20 * minute),
  };
}

/** Logins are kept for a day. */
function loginOf(
  { deps, random }: SampleSource,
  account: Account,
  confirmedAt: Date,
  botId: string,
): Login | null {
  const createdAt = plusSeconds(confirmedAt, -45);
  const deleteAt = plusSeconds(createdAt, day);
  if (deleteAt <= deps.clock.now()) return null;
  const qrcode = newQrKey(random);
  return Login.parse({
    _id: depsAt(deps, createdAt).newId("login"),
    accountId: account._id,
    status: "completed",
    open: false,
    qrcode,
    qrContent: `https://liteapp.weixin.qq.com/q/${botId.slice(0, 6)}?qrcode=${qrcode}&bot_type=3`,
    qrCount: 1,
    qrIssuedAt: createdAt,
    statusBaseUrl: null,
    verifyCode: null,
    verifyCodeWrong: false,
    confirmedAt,
    outcome: { kind: "new", accountId: account._id },
    failure: null,
    lease: { holder: null, expiresAt: new Date(0) },
    createdAt,
    expiresAt: plusSeconds(createdAt, 330),
    deleteAt,
    version: 4,
  });
}

/** What the audit log says of it after its creation. */
function linesOf(
  { deps, people }: SampleSource,
  { _id, status }: Account,
  { number, loggedInAt }: { number: number; loggedInAt: Date },
): AuditLine[] {
  const now = deps.clock.now();
  const approver: Actor = { kind: "operator", id: at(people.operators, number + 1) };
  const line = (when: Date, who: Actor, action: string) =>
    auditLine(depsAt(deps, when), who, action, _id);
  const lines = [line(loggedInAt, hubActor, "account.logged_in")];
  if (status === "pending_approval") return lines;
  const approvedAt = plusSeconds(loggedInAt, 18 * minute);
  lines.push(
    line(approvedAt, approver, "account.approved"),
    line(plusSeconds(loggedInAt, 20 * minute), approver, "account.polling_started"),
  );
  if (status === "suspended") {
    lines.push(line(plusSeconds(now, -3 * hour - number * minute), approver, "account.suspended"));
  }
  if (status === "login_expired") {
    const expiredAt = plusSeconds(now, -hour - number * 7 * minute);
    lines.push(line(expiredAt, hubActor, "account.login_expired"));
  }
  return lines;
}
