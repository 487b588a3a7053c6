import { answerOf, api, listOf } from "#console/client/api.ts";
import type { Asked } from "#console/parts/use-live-list.ts";

export const statuses = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
  "parked",
  "awaiting_review",
  "sent",
  "rejected",
  "cancelled",
  "error",
] as const;

/** What `error` begins with; the api knows more, which the address may name. */
export const errorClasses = [
  "hermes.away",
  "hermes.paused",
  "hermes.full",
  "hermes.too_late",
  "hermes.unavailable",
  "hermes.misconfigured",
  "hermes.busy",
  "hermes.refused",
  "hermes.failed_turn",
  "hermes.empty",
  "hermes.lost",
  "hermes.transient",
  "hermes.ambiguous",
  "hermes.in_progress",
  "hermes.needs_person",
  "account.unavailable",
] as const;
export type ErrorClass = (typeof errorClasses)[number];

export const filterNames = ["q", "status", "accountId", "errorClass", "from", "to"] as const;
export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

export async function readRuns(filters: Filters, asked: Asked) {
  const { status, ...rest } = filters;
  const known = statuses.find((each) => each === status);
  const query = { ...rest, ...(known ? { status: known } : {}), ...asked };
  const page = await listOf(answerOf(api["agent-runs"].$get({ query })));
  const items = page.items.map((run) => ({
    ...run,
    botName: page.accounts[run.accountId]?.name ?? run.accountId,
    contact: page.contacts[run.conversationId] ?? null,
  }));
  return { ...page, items };
}
export type Run = Awaited<ReturnType<typeof readRuns>>["items"][number];

export function readRun(id: string) {
  return answerOf(api["agent-runs"][":id"].$get({ param: { id } }));
}
export type RunDetail = Awaited<ReturnType<typeof readRun>>;

/** `hermes.away` of `hermes.away: connection refused`. */
export function classOf(error: string | null): string | null {
  return error?.split(":")[0] ?? null;
}
