import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { findCalls } from "#core/agent-runs/pause-calls.ts";
import { lastWord } from "#core/agent-runs/settle-failure.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { Policy } from "#core/policies/policy.ts";
import type { Expected } from "./check.ts";
import { addBot, contactOf, runsOf, type Story } from "./stories.ts";
import type { World } from "./world.ts";

/** What people do at the console besides the messages themselves. */
export const operatorStories: readonly Story[] = [
  { name: "operators keep the house", tell: keepHouse },
  { name: "a draft is turned away", tell: turnedAway },
  { name: "a failed question is asked again", tell: askedAgain },
];

/** A request that is sent until it is seen to have worked, as by somebody who got no answer. */
async function press(
  world: World,
  request: { method?: string; path: string; body?: object; key?: string },
  holds: () => Promise<boolean>,
): Promise<void> {
  const { method = "POST", path, body, key } = request;
  for (let times = 0; times < 3 && !(await holds()); times++) {
    const once: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
    await world.api(method, path, body, { ...world.asProgram(), ...once });
  }
  if (!(await holds())) throw new Error(`${method} ${path} does not work.`);
}

async function keepHouse(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  contact.writes("hello-there");
  await contact.hasRead("hello-there");
  const { db } = world;
  const account = () => accountStore(db).get(bot._id);
  const at = `/api/accounts/${bot._id}`;
  await press(world, { method: "PUT", path: at, body: { name: "Corner shop" } }, async () => {
    return (await account()).name === "Corner shop";
  });
  const policyBody = { policyId: "manual-review" };
  await press(world, { method: "PUT", path: `${at}/policy`, body: policyBody }, async () => {
    return (await account()).policyId === "manual-review";
  });
  const { conversationId = "" } = (await runsOf(world))[0] ?? {};
  const talk = `/api/conversations/${conversationId}`;
  const conversation = () => conversationStore(db).get(conversationId);
  await press(world, { method: "PUT", path: talk, body: { alias: "Ms Li" } }, async () => {
    return (await conversation()).alias === "Ms Li";
  });
  const from = (await conversation()).hermesSession;
  await press(world, { path: `${talk}/fresh-session`, body: { from } }, async () => {
    return (await conversation()).hermesSession > from;
  });
  await press(world, { path: "/api/hermes/pause", body: { reason: "upgrade" } }, async () => {
    return (await findCalls(db))?.paused === true;
  });
  await press(world, { path: "/api/hermes/resume" }, async () => {
    return (await findCalls(db))?.paused === false;
  });
  const policies = db.collection<Policy>("policies");
  const made = async () => (await policies.countDocuments({ name: "weekdays" })) > 0;
  const {
    _id: _,
    version: __,
    requiresHumanReview: ___,
    ...auto
  } = await policyStore(db).get("auto");
  const body = { ...auto, name: "weekdays" };
  await press(world, { path: "/api/policies", body, key: "made-once" }, made);
  if ((await policies.countDocuments({ name: "weekdays" })) > 1) throw new Error("Two policies.");
  await world.goOn();
  await policies.deleteMany({ name: "weekdays" });
  return [contact.reads("hello-there")];
}

/** A reviewer has Hermes try once more, and then rejects what it wrote. */
async function turnedAway(world: World): Promise<Expected[]> {
  const bot = await addBot(world, { policyId: "manual-review" });
  const contact = contactOf(world, bot);
  contact.writes("which-size");
  const drafts = async () => (await runsOf(world)).filter(({ draft }) => draft === true);
  await contact.until("the draft waits", async () => (await drafts()).some(isWaiting));
  const first = (await drafts()).find(isWaiting);
  if (!first) throw new Error("There is no draft.");
  const find = (id: string) => db(world).findOne({ _id: id });
  const at = `/api/reviews/${first._id}`;
  await press(world, { path: `${at}/claim` }, async () => {
    return typeof (await find(first._id))?.review?.claimedBy === "string";
  });
  await press(world, { path: `${at}/regenerate`, body: { hint: "shorter" } }, async () => {
    return (await find(first._id))?.status === "cancelled";
  });
  const isNext = (run: AgentRun) => run._id !== first._id && isWaiting(run);
  await world.until("another draft waits", async () => (await runsOf(world)).some(isNext));
  const next = (await runsOf(world)).find(isNext);
  const path = `/api/reviews/${next?._id}/reject`;
  await press(world, { path, body: { reason: "not for us" } }, async () => {
    return (await find(next?._id ?? ""))?.status === "rejected";
  });
  await world.goOn();
  return [contact.reads()];
}

/** Its turn fails as often as it is tried; then an operator adds a hint. */
async function askedAgain(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  world.hermes.scriptNext({ kind: "failed-with-text" }, { textIncludes: "parcel", times: 20 });
  contact.writes("where-is-my-parcel");
  await contact.hasRead(lastWord);
  const run = async () => (await runsOf(world))[0];
  await world.until("the run has failed", async () => (await run())?.status === "error");
  world.hermes.clearScripts();
  const path = `/api/agent-runs/${(await run())?._id}/regenerate`;
  await press(world, { path, body: { hint: "It is in Pudong." } }, async () => {
    return (await run())?.status !== "error";
  });
  await contact.hasRead("where-is-my-parcel");
  await world.goOn();
  return [contact.reads(lastWord, "where-is-my-parcel")];
}

function isWaiting({ status }: AgentRun): boolean {
  return status === "awaiting_review";
}

function db({ db: of }: World) {
  return of.collection<AgentRun>("agent_runs");
}
