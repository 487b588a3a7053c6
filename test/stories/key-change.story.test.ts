import { afterAll, beforeAll, expect, test } from "vitest";
import { awayNotice } from "#core/policies/policy.ts";
import { startHermesSim } from "#local/hermes-sim/server.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { workOff } from "#test/work-off.ts";

const messages = 50;
const bots = 5;

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub?.stop());

test("the key changes at Hermes, 50 people write, the key changes in the hub: 50 answers", async () => {
  const accounts = await Promise.all(Array.from({ length: bots }, () => hub.addBot()));
  const contacts = accounts.flatMap((account) =>
    Array.from({ length: messages / bots }, (): Contact => hub.addContact(account)),
  );
  const { port } = new URL(hub.hermes.url);
  const apiKey = "the-next-key-of-hermes-1";
  await hub.hermes.stop();
  const rekeyed = await startHermesSim({ port: Number(port), apiKey });

  for (const [n, contact] of contacts.entries()) await contact.writes(`question ${n}`);
  const runsOf = async () => (await Promise.all(contacts.map((contact) => contact.runs()))).flat();
  const all = async (status: string) => {
    const runs = await runsOf();
    return runs.length === messages && runs.every((run) => run.status === status);
  };
  await workOff(hub, { isDone: () => all("retry_pending") });
  expect(contacts.map((contact) => contact.reads())).toEqual(contacts.map(() => [awayNotice]));
  // One question found out; the others did not ask in vain.
  const refused = rekeyed.calls().filter(({ path }) => path.endsWith("/chat/completions"));
  expect(refused.length).toBeLessThanOrEqual(15);

  const { hermes, ...others } = hub.deps.settings;
  hub.deps.settings = { ...others, hermes: { ...hermes, HERMES_API_KEY: apiKey } };
  await workOff(hub, { isDone: () => all("sent") });
  for (const [n, contact] of contacts.entries()) {
    expect(contact.reads()).toEqual([awayNotice, `Hermes: question ${n}`]);
  }
  const runs = await runsOf();
  expect(runs.filter(({ status }) => status === "error")).toEqual([]);
  expect(runs.every(({ failureCount }) => failureCount === 0)).toBe(true);
  expect(rekeyed.executions()).toHaveLength(messages);
  await rekeyed.stop();
}, 120_000);
