import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { RunSummary } from "#core/agent-runs/list-runs.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { namesOf } from "#core/audit/people.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { noteReading } from "#core/conversations/note-reading.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { approve, withdraw } from "#core/reviews/approve.ts";
import * as change from "#core/reviews/change-review.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import { isClaimed } from "#core/reviews/review.ts";
import { cursorOf, placeOf } from "#core/shared/pages.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, type ApiEnv } from "./caller.ts";
import { viewOf } from "./conversations.ts";
import { jsonBody, newRoutes, route } from "./routes.ts";
import {
  accountsOf,
  botsAndContactsOf,
  changedPage,
  LiveQuery,
  namedBy,
  nextOf,
  seenRun,
  contactPageOf,
} from "./work-pages.ts";
import { ReviewDetailView, ReviewView, ThreadMessageView } from "./work-views.ts";

const RunParam = z.object({ runId: z.string().min(1).max(64) });
const contextMessages = 30;
const longestText = 20_000;

const ApproveBody = z.object({
  /** What is to go out instead of the draft's words. */
  text: z.string().max(longestText).optional(),
  /** The draft's version that the reviewer saw. */
  version: z.number().int().optional(),
});

/** Drafts that wait for a person, and what reviewers do with them. */
export function reviewRoutes(deps: ApiDeps) {
  const verb = <const Path extends string>(path: Path, summary: string) =>
    route({
      method: "post",
      path: `/api/reviews/{runId}/${path}`,
      summary,
      access: "reviewer",
      request: { params: RunParam },
      answer: ReviewView,
    });
  const verbWith = <const Path extends string, Body extends z.ZodType>(
    path: Path,
    summary: string,
    body: Body,
  ) =>
    route({
      method: "post",
      path: `/api/reviews/{runId}/${path}`,
      summary,
      access: "reviewer",
      request: { params: RunParam, ...jsonBody(body) },
      answer: ReviewView,
    });
  const done = async (
    c: Context<ApiEnv>,
    runId: string,
    act: (actor: Actor, runId: string) => Promise<AgentRun>,
  ) => {
    const { _id } = await seenRun(deps, c, runId);
    return reviewOf(deps, await act(actorOf(c), _id));
  };
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/reviews",
        summary: "List open drafts, the window that shuts first before the others",
        access: "reviewer",
        request: {
          query: LiveQuery.extend({
            snoozed: z.enum(["true", "false"]).default("false"),
            accountId: z.string().max(64).optional(),
            /** The beginning of a contact's alias, or of a bot's name or label. */
            q: z.string().max(100).optional(),
          }),
        },
        answer: contactPageOf(ReviewView),
      }),
      async (c) => {
        const { limit, cursor, snoozed, accountId, q, since } = c.req.valid("query");
        const asOf = deps.clock.now();
        const accountIds = await accountsOf(deps, c);
        const of = { accountIds, accountId, named: await namedBy(deps, q) };
        if (since !== undefined) {
          const page = { ...of, ...changedPage({ since, cursor, limit }) };
          const { items: changes, next } = await reviewStore(deps.db).listChanged(page);
          const items = await reviewsOf(deps, changes);
          const names = await botsAndContactsOf(deps, changes);
          return c.json({ items, nextCursor: nextOf(next), asOf, ...names }, 200);
        }
        const place = cursor === undefined ? null : placeOf(cursor);
        const found = await reviewStore(deps.db).list({
          ...of,
          withSnoozed: snoozed === "true",
          now: asOf,
          ...(place ? { after: { windowEndsAt: place.at, id: place.id } } : {}),
          limit,
        });
        const last = found.length === limit ? found.at(-1) : undefined;
        const at = last?.review?.windowEndsAt;
        const nextCursor = last && at ? cursorOf({ at, id: last._id }) : null;
        const items = await reviewsOf(deps, found);
        return c.json({ items, nextCursor, asOf, ...(await botsAndContactsOf(deps, found)) }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/reviews/{runId}",
        summary: "Read a draft with its conversation and the policy as it was",
        access: "reviewer",
        request: { params: RunParam },
        answer: ReviewDetailView,
      }),
      async (c) => {
        const run = await seenRun(deps, c, c.req.valid("param").runId);
        await noteReading(deps, actorOf(c), run.conversationId);
        return c.json(await detailOf(deps, run), 200);
      },
    )
    .openapi(verb("claim", "Open a draft: nobody else may change it for a while"), async (c) => {
      const { runId } = c.req.valid("param");
      return c.json(await done(c, runId, (actor, id) => change.claim(deps, actor, id)), 200);
    })
    .openapi(verb("release", "Give an open draft back to the queue"), async (c) => {
      const { runId } = c.req.valid("param");
      return c.json(await done(c, runId, (actor, id) => change.release(deps, actor, id)), 200);
    })
    .openapi(
      verbWith(
        "snooze",
        "Leave a draft out of the queue until a time",
        z.object({ until: z.iso.datetime({ offset: true }) }),
      ),
      async (c) => {
        const until = new Date(c.req.valid("json").until);
        const { runId } = c.req.valid("param");
        const after = await done(c, runId, (actor, id) => change.snooze(deps, actor, id, until));
        return c.json(after, 200);
      },
    )
    .openapi(
      verbWith("approve", "Have a draft sent some seconds later, as it is or edited", ApproveBody),
      async (c) => {
        const approval = c.req.valid("json");
        const { runId } = c.req.valid("param");
        return c.json(await done(c, runId, (actor, id) => approve(deps, actor, id, approval)), 200);
      },
    )
    .openapi(verb("withdraw", "Take an approval back before the draft goes out"), async (c) => {
      const { runId } = c.req.valid("param");
      return c.json(await done(c, runId, (actor, id) => withdraw(deps, actor, id)), 200);
    })
    .openapi(
      verbWith(
        "reject",
        "End a draft without sending it",
        z.object({ reason: z.string().trim().min(1).max(1_000) }),
      ),
      async (c) => {
        const { reason } = c.req.valid("json");
        const { runId } = c.req.valid("param");
        const after = await done(c, runId, (actor, id) => change.reject(deps, actor, id, reason));
        return c.json(after, 200);
      },
    )
    .openapi(
      verbWith(
        "regenerate",
        "Have a new run answer the same messages with a hint",
        z.object({ hint: z.string().trim().min(1).max(2_000) }),
      ),
      async (c) => {
        const { hint } = c.req.valid("json");
        const { runId } = c.req.valid("param");
        const after = await done(c, runId, (actor, id) => change.regenerate(deps, actor, id, hint));
        return c.json(after, 200);
      },
    );
}

async function detailOf(deps: ApiDeps, run: AgentRun) {
  const { conversationId, accountId, policy } = run;
  const [account, conversation, newest, review] = await Promise.all([
    accountStore(deps.db).get(accountId),
    conversationStore(deps.db).get(conversationId),
    messageStore(deps.db).list({ conversationId, limit: contextMessages }),
    reviewOf(deps, run),
  ]);
  const { _id, name, labels } = account;
  return {
    review,
    policy,
    conversation: await viewOf(deps, conversation),
    account: { _id, name, labels },
    messages: newest.toReversed().map((message) => ThreadMessageView.parse(message)),
  };
}

async function reviewOf(deps: ApiDeps, run: AgentRun): Promise<z.infer<typeof ReviewView>> {
  return toReview(deps, run, await namesOf(deps.db, peopleOf(run)));
}

async function reviewsOf(deps: ApiDeps, runs: readonly AgentRun[]) {
  const names = await namesOf(deps.db, runs.flatMap(peopleOf));
  return Promise.all(runs.map((run) => toReview(deps, run, names)));
}

function peopleOf({ review }: AgentRun) {
  return [review?.claimedBy, review?.approvedBy, review?.rejectedBy];
}

async function toReview(deps: ApiDeps, run: AgentRun, names: Record<string, string>) {
  const { review } = run;
  const text = review?.editedText ?? run.outputText ?? "";
  const nameOf = (id: string | null | undefined) => (id ? (names[id] ?? id) : null);
  return ReviewView.parse({
    ...RunSummary.parse(run),
    bubbles: await bubblesIn(text),
    claimedByName: isClaimed(review, deps.clock.now()) ? nameOf(review?.claimedBy) : null,
    approvedByName: nameOf(review?.approvedBy),
    rejectedByName: nameOf(review?.rejectedBy),
    contextChanged: (review?.contextChangedAt ?? null) !== null,
  });
}

async function bubblesIn(text: string): Promise<string[]> {
  if (text === "") return [];
  // It brings the parser of Markdown; where no draft waits, it is not needed.
  const { bubblesOf } = await import("#core/sending/compose.ts");
  return bubblesOf({ kind: "answer", text });
}
