import { readFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { migrate } from "#core/database/migrate.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { workOffJob } from "#core/queue/work-off-job.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createApp } from "#functions/api/app.ts";
import { alarmDefinitions } from "#infra/alarm-definitions.ts";
import { openConversation, waitingMessage } from "#test/records.ts";
import { startAlarmHub, type AlarmHub } from "./alarm-hub.ts";

/** Brings the alarm about, or ends what brought it about; both by what really happens in the hub. */
type Act = (hub: AlarmHub) => Promise<void>;
type Story = {
  alarm: string;
  /** Before the story begins. */
  arrange?: Act;
  cause: Act;
  mend: Act;
  /** The most minutes until somebody is told. */
  firesWithin: number;
  clearsWithin: number;
};

const soon = { firesWithin: 3, clearsWithin: 3 };

const breaks =
  (what: "poller" | "retry" | "scheduler" | "dead_letters") => async (hub: AlarmHub) => {
    hub.broken.add(what);
  };
const mends =
  (what: "poller" | "retry" | "scheduler" | "dead_letters") => async (hub: AlarmHub) => {
    hub.broken.delete(what);
  };

async function asks(hub: AlarmHub, text = "hello"): Promise<void> {
  await hub.work(await hub.addContact(hub.account).writes(text));
}

async function askEachMinute(hub: AlarmHub, times = 3): Promise<void> {
  hub.eachMinute = async () => {
    for (let count = 0; count < times; count++) await asks(hub, `question ${randomUUID()}`);
  };
}

async function setPolicy(hub: AlarmHub, policyId: string): Promise<void> {
  await hub.deps.db
    .collection<{ _id: string }>("accounts")
    .updateOne({ _id: hub.account._id }, { $set: { policyId } });
}

const stories: readonly Story[] = [
  {
    alarm: "heartbeat",
    cause: breaks("retry"),
    mend: mends("retry"),
    firesWithin: 7,
    clearsWithin: 3,
  },
  {
    alarm: "poll-gap",
    cause: breaks("poller"),
    mend: mends("poller"),
    firesWithin: 6,
    clearsWithin: 3,
  },
  {
    alarm: "login-expired",
    async cause(hub) {
      const { _id: accountId, generation } = hub.account;
      await expireLogin(hub.deps, { accountId, generation });
    },
    async mend(hub) {
      await hub.deps.db
        .collection<{ _id: string }>("accounts")
        .updateOne({ _id: hub.account._id }, { $set: { status: "retiring", live: false } });
    },
    ...soon,
  },
  {
    alarm: "hermes-away",
    async cause(hub) {
      await hub.hermes.off();
      await asks(hub);
    },
    mend: (hub) => hub.hermes.on(),
    firesWithin: 13,
    clearsWithin: 3,
  },
  {
    alarm: "hermes-misconfigured",
    async cause(hub) {
      hub.deps.settings.hermes.HERMES_API_KEY = "a-key-that-is-wrong-00";
      await asks(hub);
    },
    async mend(hub) {
      hub.deps.settings.hermes.HERMES_API_KEY = hub.hermes.apiKey;
    },
    firesWithin: 4,
    clearsWithin: 4,
  },
  {
    alarm: "oldest-waiting",
    async cause(hub) {
      await hub.hermes.off();
      await asks(hub);
      hub.jump(890);
    },
    async mend(hub) {
      await hub.hermes.on();
      hub.eachMinute = async () => {
        for (const job of hub.deps.jobs.splice(0)) await hub.work(job);
      };
    },
    firesWithin: 4,
    clearsWithin: 8,
  },
  {
    alarm: "oldest-review",
    async cause(hub) {
      await setPolicy(hub, "manual-review");
      await asks(hub);
      hub.jump(7200);
    },
    async mend(hub) {
      await hub.deps.db
        .collection("agent_runs")
        .updateMany({ status: "awaiting_review" }, { $set: { status: "rejected" } });
    },
    ...soon,
  },
  {
    alarm: "oldest-parked",
    async cause(hub) {
      const contact = hub.addContact(hub.account);
      const job = await contact.writes("hello");
      await hub.deps.db
        .collection<{ _id: string }>("conversations")
        .updateOne({ _id: contact.conversationId }, { $set: { credits: 0 } });
      await hub.work(job);
      hub.jump(24 * 3600);
    },
    async mend(hub) {
      await hub.deps.db
        .collection("agent_runs")
        .updateMany({ status: "parked" }, { $set: { status: "cancelled" } });
    },
    ...soon,
  },
  {
    alarm: "dead-jobs",
    async cause(hub) {
      const received = { body: "{", sqsMessageId: "1", receiptHandle: "1", receiveCount: 1 };
      await workOffJob({ ...hub.deps, queue: hub.deps.queue }, received, async () => {});
    },
    async mend(hub) {
      await hub.deps.db.collection("dead_jobs").updateMany({}, { $set: { status: "deleted" } });
    },
    ...soon,
  },
  {
    alarm: "schedules-differing",
    async cause(hub) {
      hub.broken.add("scheduler");
      await hub.deps.db
        .collection<{ _id: string }>("accounts")
        .updateOne(
          { _id: hub.account._id },
          { $set: { scheduleApplied: "off", scheduleDiffers: true } },
        );
    },
    mend: mends("scheduler"),
    firesWithin: 7,
    clearsWithin: 3,
  },
  {
    alarm: "sweeps-failed",
    cause: breaks("dead_letters"),
    mend: mends("dead_letters"),
    firesWithin: 5,
    clearsWithin: 6,
  },
  {
    alarm: "runs-failed",
    arrange: askEachMinute,
    async cause(hub) {
      hub.hermes.setAnswer(() => ({ kind: "failed-without-text" }));
    },
    async mend(hub) {
      hub.hermes.setAnswer(null);
    },
    firesWithin: 16,
    clearsWithin: 11,
  },
  {
    alarm: "wechat-unknown",
    arrange: askEachMinute,
    async cause(hub) {
      const behaviour = { kind: "refuse", ret: -777, errmsg: "" } as const;
      hub.notes.push(hub.wechat.armFault({ endpoint: "sendmessage", times: null, behaviour }));
    },
    async mend(hub) {
      hub.wechat.disarmFault(hub.notes.splice(0).join());
    },
    firesWithin: 16,
    clearsWithin: 16,
  },
  {
    alarm: "sends-unconfirmed",
    arrange: askEachMinute,
    async cause(hub) {
      const behaviour = { kind: "silent-drop", answer: "no-message-id" } as const;
      hub.notes.push(hub.wechat.armFault({ endpoint: "sendmessage", times: null, behaviour }));
    },
    async mend(hub) {
      hub.wechat.disarmFault(hub.notes.splice(0).join());
    },
    firesWithin: 16,
    clearsWithin: 16,
  },
  {
    alarm: "api-failures",
    async cause(hub) {
      hub.eachMinute = () => createABot(hub, "a hub without a database");
    },
    async mend(hub) {
      hub.eachMinute = null;
    },
    firesWithin: 11,
    clearsWithin: 11,
  },
  {
    alarm: "accounts-silent",
    async arrange(hub) {
      hub.stepMinutes = 20;
    },
    async cause(hub) {
      const yesterday = 86_400 + 7200;
      const now = hub.deps.clock.now();
      const conversation = openConversation(hub.deps, hub.account._id);
      const messages = [1, 2, 3, 4, 5].map((day) =>
        waitingMessage(hub.deps, conversation, {
          _id: idMaker(() => plusSeconds(now, -day * 86_400 - 10_800))("message"),
          dedupeKeys: [randomUUID()],
          waiting: undefined,
        }),
      );
      await messageStore(hub.deps.db).insertUnseen(messages);
      await hub.deps.db
        .collection<{ _id: string }>("accounts")
        .updateOne(
          { _id: hub.account._id },
          { $set: { lastInboundAt: plusSeconds(now, -yesterday) } },
        );
    },
    async mend(hub) {
      await hub.addContact(hub.account).writes("hello again");
    },
    firesWithin: 7,
    clearsWithin: 10,
  },
];

/** Somebody creates a bot while the hub cannot reach its database: a fault of ours, three times. */
async function createABot(hub: AlarmHub, name: string): Promise<void> {
  const away = new MongoClient("mongodb://127.0.0.1:1", { serverSelectionTimeoutMS: 1 });
  const { schedules, pollStarter } = {
    schedules: { async put() {}, async remove() {} },
    pollStarter: { async watchLogin() {} },
  };
  const app = createApp({ ...hub.deps, db: away.db("none"), schedules, pollStarter });
  for (let count = 0; count < 3; count++) {
    await app.request("/api/accounts", {
      method: "POST",
      headers: {
        authorization: `Bearer ${hub.deps.settings.api.API_TOKEN}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ name }),
    });
  }
  await away.close();
}

let client: MongoClient;
let hub: AlarmHub | null = null;
let databaseName: string;
beforeEach(async () => {
  client = new MongoClient(inject("databaseUri"), { ignoreUndefined: true });
  databaseName = `alarm_${randomUUID().slice(0, 8)}`;
  await migrate(client.db(databaseName), (at) => policyStore(at).seed());
});
afterEach(async () => {
  await hub?.stop();
  hub = null;
  await client.db(databaseName).dropDatabase();
  await client.close();
});

describe("an alarm of the hub's own", () => {
  test.each(stories)("$alarm fires in time, and clears", { timeout: 120_000 }, async (story) => {
    hub = await startAlarmHub(client.db(databaseName), story.alarm);
    await story.arrange?.(hub);
    await hub.until("OK", 7);
    expect(await hub.minutes(story.arrange ? 5 : 3)).toBe("OK");
    await story.cause(hub);
    hub.flush();
    expect(await hub.until("ALARM", story.firesWithin)).toBeGreaterThan(0);
    await story.mend(hub);
    hub.flush();
    expect(await hub.until("OK", story.clearsWithin)).toBeGreaterThan(0);
    expect(await accountStore(client.db(databaseName)).find(hub.account._id)).not.toBeNull();
  });
});

test("each alarm has its story", async () => {
  const aws = await readFile(new URL("aws-alarms.test.ts", import.meta.url), "utf8");
  const told = new Set<string>([
    ...stories.map(({ alarm }) => alarm),
    ...[...aws.matchAll(/watch\("([a-z-]+)"\)/g)].map(([, name = ""]) => name),
    ...["poll", "agent", "retry", "api"].flatMap((name) => [`${name}-errors`, `${name}-throttled`]),
  ]);
  expect(told).toEqual(new Set(alarmDefinitions.map(({ name }) => name)));
});
