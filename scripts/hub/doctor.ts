import type { Command } from "commander";
import { parseResponse } from "hono/client";
import { FindingsError, HubRefusedError, type Connection } from "./connection.ts";
import type { Session } from "./session.ts";

/** `wrong`: something does not work; `look`: it works, and somebody should do something. */
export type Finding = { area: string; state: "ok" | "look" | "wrong"; seen: string; next: string };

/** How a hub is by its own account, local or deployed; no more is needed than a token. */
export function addDoctorCommand(program: Command, open: () => Session): void {
  program
    .command("doctor")
    .description("how the hub is: its functions, Hermes, bots and what did not arrive")
    .action(async () => {
      const { connection, output } = open();
      const findings = await examine(connection);
      output.rows(findings, {
        "": ({ state }) => marks[state],
        area: ({ area }) => area,
        seen: ({ seen }) => seen,
        "what to do": ({ next }) => next,
      });
      const wrong = findings.filter(({ state }) => state === "wrong").length;
      if (wrong > 0) throw new FindingsError(wrong);
    });
}

const marks = { ok: "✓", look: "!", wrong: "✗" } as const;

/** Throws HubUnreachableError and HubRefusedError when there is nobody to ask. */
async function examine(connection: Connection): Promise<Finding[]> {
  const { api, read } = connection;
  await read(parseResponse(api.health.$get()));
  const me = await read(parseResponse(api.me.$get()));
  return [
    ok("api", "it answers, and its database is as new as its code"),
    ok("token", `${me.name}, ${me.role}${me.labels ? `, of ${me.labels.join(", ")}` : ""}`),
    ...(await functionsOf(connection)),
    ...(await hermesOf(connection)),
    ...(await workOf(connection)),
  ];
}

async function functionsOf({ api, read }: Connection): Promise<Finding[]> {
  try {
    const { items } = await read(parseResponse(api.settings.$get()));
    return items.map(({ functionName, seenAt, settings }): Finding => {
      const area = `${functionName} function`;
      if (seenAt === null) {
        const next = "Start a bot's polling; if it stays so, look at the function's log.";
        return { area, state: "look", seen: "has not started yet", next };
      }
      const set = settings.filter(({ from }) => from === "set").length;
      return ok(area, `last started ${seenAt}, ${set} settings set`);
    });
  } catch (error) {
    if (!(error instanceof HubRefusedError) || error.exitCode !== 3) throw error;
    const next = "Take an owner's token to see them.";
    return [{ area: "functions", state: "look", seen: "settings are an owner's to see", next }];
  }
}

async function hermesOf({ api, read }: Connection): Promise<Finding[]> {
  const { calls, items } = await read(parseResponse(api.hermes.$get()));
  const found = items.map(({ id, state, cause, backlog, places }): Finding => {
    if (state === "up") {
      return ok(
        "Hermes",
        `${id}: ${places.inUse} of ${places.total} places taken, ${backlog} wait`,
      );
    }
    const seen = `${id}: ${state}, ${backlog} wait`;
    return { area: "Hermes", state: "wrong", seen, next: cause ?? "Look whether it runs." };
  });
  if (!calls?.paused) return found;
  const next = "Resume it on the console's Hermes page.";
  return [{ area: "Hermes", state: "look", seen: "all calls are paused", next }, ...found];
}

async function workOf({ api, read }: Connection): Promise<Finding[]> {
  const [{ tiles }, dead] = await Promise.all([
    read(parseResponse(api.statistics.overview.$get())),
    read(parseResponse(api["dead-jobs"].$get({ query: { limit: "200" } }))),
  ]);
  const deadJobs = dead.items.length;
  const more = dead.nextCursor === null ? "" : " or more";
  return [
    ok("bots", `${tiles.polling} of ${tiles.accounts} are polled`),
    none("logins", tiles.loginExpired, "expired", "Have the bots scanned again: hub login <bot>."),
    none("approvals", tiles.pendingApproval, "wait", "Look at them: hub bots, hub approve <bot>."),
    none("review", tiles.drafts, "drafts wait", "Decide them: hub review."),
    none("outbound", tiles.undelivered, "did not arrive", "See the console's Delivery page."),
    none("jobs", deadJobs, `died${more}`, "Redrive them on the console's Delivery page."),
  ];
}

function none(area: string, count: number, what: string, next: string): Finding {
  return count === 0
    ? ok(area, `none ${what}`)
    : { area, state: "look", seen: `${count} ${what}`, next };
}

function ok(area: string, seen: string): Finding {
  return { area, state: "ok", seen, next: "" };
}
