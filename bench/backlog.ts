import { randomUUID } from "node:crypto";
import { MongoClient } from "mongodb";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { workOffBacklog } from "#test/hermes-backlog.ts";
import { startSmallHub } from "#test/small-hub.ts";
import { withFleetDatabase } from "./fleet-database.ts";
import type { Bench } from "./main.ts";
import { mean, type Figure } from "./report.ts";

const size = { conversations: 150, messagesEach: 5, accounts: 10, places: 5, turnMs: 3_000 };

/** A backlog after an outage: `npm run test:soak` works off 10,000 messages of 2,000 conversations. */
export async function run(bench: Bench): Promise<Figure[]> {
  const name = `backlog_${randomUUID().slice(0, 8)}`;
  return withFleetDatabase(bench, name, async ({ uri }) => {
    const client = await MongoClient.connect(uri, { ignoreUndefined: true });
    const db = client.db(name);
    const hub = await startSmallHub(db);
    try {
      const report = await workOffBacklog(hub, size);
      const waits = await waitsByAccount(db.collection<AgentRun>("agent_runs").find().toArray());
      const { conversations, messagesEach } = size;
      return [
        {
          name: `use of Hermes' ${size.places} places`,
          value: report.placesUsed * 100,
          unit: "%",
          goal: { least: 95 },
          note: `${conversations * messagesEach} messages of ${conversations} conversations, turns of ${size.turnMs / 1000} s`,
        },
        { name: "questions asked twice", value: report.doubles, unit: "" },
        {
          name: "contacts that read anything wrong or out of order",
          value: report.wrong,
          unit: "",
        },
        {
          name: "longest mean wait of an account over the mean of all",
          value: Math.max(...waits) / mean(waits),
          unit: "×",
          note: "half of all conversations are one account's",
        },
        {
          name: "first third of the places: the most an account got over the fewest",
          value: report.mostServed - report.fewestServed,
          unit: "",
        },
      ];
    } finally {
      await hub.stop();
      await client.close();
    }
  });
}

/** Seconds from the first question to the answer, the mean of each account. */
async function waitsByAccount(found: Promise<AgentRun[]>): Promise<number[]> {
  const byAccount = Map.groupBy(await found, ({ accountId }) => accountId);
  return [...byAccount.values()].map((runs) =>
    mean(
      runs.map(
        ({ createdAt, completedAt }) =>
          ((completedAt?.getTime() ?? 0) - createdAt.getTime()) / 1000,
      ),
    ),
  );
}
