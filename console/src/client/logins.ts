import { answerOf, api } from "./api.ts";

/** Starts a bot's QR login, or gives the one that is open. */
export function startLogin(accountId: string) {
  return answerOf(api.accounts[":id"].logins.$post({ param: { id: accountId } }));
}
export type Login = Awaited<ReturnType<typeof startLogin>>;

export function watchLogin(id: string) {
  return answerOf(api.logins[":id"].$get({ param: { id } }));
}

export function sendVerifyCode(id: string, code: string) {
  return answerOf(api.logins[":id"]["verify-code"].$post({ param: { id }, json: { code } }));
}

/** A signed link by which the bot's owner scans on their own; spent by the confirmed scan. */
export function makeOwnerLink(accountId: string) {
  return answerOf(api.accounts[":id"]["rescan-links"].$post({ param: { id: accountId } }));
}
