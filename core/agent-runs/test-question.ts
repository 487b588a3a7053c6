import { accountStore } from "#core/accounts/account.store.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { auditLine } from "#core/audit/record.ts";
import { buildAskBody } from "#core/hermes/ask-body.ts";
import { RequestError } from "#core/shared/errors.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { hermesOf, hermesTargetOf, type HermesDeps } from "./hermes-target.ts";
import { arePaused } from "./pause-calls.ts";

/** What came of a question by which an operator tries Hermes; nobody else reads it. */
export type TestAnswer = {
  answered: boolean;
  text: string | null;
  /** The class of failure and its row, for the failure table; null for an answer. */
  failure: { class: string; row: string; cause: string } | null;
  milliseconds: number;
};

/** The api Lambda itself ends at 30 s. */
const waitMs = 24_000;

/**
 * Asks the Hermes of the settings, or an account's own, once, in a session of its own; that it
 * answered is noted where nobody reached it before. Throws RequestError `hermes.calls_paused`, `account.unknown`.
 */
export async function askTestQuestion(
  deps: HermesDeps,
  actor: Actor,
  { question, accountId }: { question: string; accountId: string | null },
): Promise<TestAnswer> {
  if (await arePaused(deps.db)) {
    throw new RequestError(
      "conflict",
      "hermes.calls_paused",
      "All calls to Hermes are paused, so it was not asked. Resume them first.",
    );
  }
  const account = accountId === null ? null : await accountStore(deps.db).get(accountId);
  const { id, model } = hermesTargetOf(deps, account);
  const key = `test-${deps.newId("job")}`;
  const line = auditLine(deps, actor, "hermes.test_question", id);
  // It changes no document, so the line has none to lie on first.
  await auditStore(deps.db).move(id, [line], "system");
  const startedAt = deps.clock.now().getTime();
  const outcome = await hermesOf(deps, account).ask({
    body: buildAskBody({ model, messages: [{ role: "user", content: question }] }),
    idempotencyKey: key,
    sessionId: key,
    sessionKey: key,
    timeoutMs: waitMs,
  });
  const milliseconds = deps.clock.now().getTime() - startedAt;
  if (outcome.kind === "answer") {
    await hermesHealthStore(deps.db).noteReached(id, deps.clock.now());
    return { answered: true, text: outcome.text, failure: null, milliseconds };
  }
  const { class: of, row, cause } = outcome;
  return { answered: false, text: null, failure: { class: of, row, cause }, milliseconds };
}
