import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awayNotice } from "#core/policies/policy.ts";
import { eventually } from "#local/eventually.ts";
import { HubApiError } from "#local/hub-client.ts";
import { layouts, runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

describe.each(layouts)("when something breaks, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout);
  });
  afterAll(() => hub?.stop());

  async function pushRaw(body: string, group: string) {
    const client = new SQSClient({
      endpoint: hub.queue.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await client.send(
      new SendMessageCommand({
        QueueUrl: hub.queue.agentQueueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: `raw-${group}`,
      }),
    );
    client.destroy();
  }

  test("a garbled job goes to the dead jobs and the queue goes on", async () => {
    const contact = await hub.contact();
    await pushRaw("{ no json", "garbled");
    await pushRaw(JSON.stringify({ version: 99, jobId: "x", conversationId: 7 }), "wrong");
    await eventually("both are dead jobs", async () =>
      (await hub.db.collection("dead_jobs").countDocuments({ why: "unreadable" })) === 2
        ? true
        : null,
    );
    contact.writes("still working?");
    expect(await contact.hasRead(1)).toEqual(["Hermes: still working?"]);
    await hub.db.collection("dead_jobs").deleteMany({});
  });

  test("a job of a conversation that nobody knows is dropped with a log line", async () => {
    const jobId = `lost-${layout.length}`;
    await pushRaw(
      JSON.stringify({
        version: 1,
        jobId,
        conversationId: "cnv_NOBODY",
        do: "answer",
        ref: "msg_X",
      }),
      jobId,
    );
    const line = await eventually("it is logged", async () => {
      const lines = hub.functionLines.map((each) => each.line);
      return lines.find((each) => each.includes("job.no_conversation")) ?? null;
    });
    expect(line).toContain(jobId);
  });

  test("an unknown account is a clear error", async () => {
    const refused = await hub.client.account("acc_NOBODY").catch((error) => error);
    expect(refused).toBeInstanceOf(HubApiError);
    expect(refused).toMatchObject({ status: 404, code: "account.unknown" });
  });

  test("an answer of Hermes that is no JSON, or HTML, is an outage and never reaches the contact", async () => {
    const contact = await hub.contact();
    hub.hermes.drain();
    contact.writes("hello?");
    expect(await contact.hasRead(1)).toEqual([awayNotice]);
    hub.hermes.drain(false);
    expect((await contact.hasRead(2)).at(-1)).toBe("Hermes: hello?");
  });

  test("polls answered by 524, HTML, no JSON or a cut connection lose nothing", async () => {
    const contact = await hub.contact();
    contact.writes("one");
    await contact.hasRead(1);
    for (const kind of ["html", "not-json", "drop-connection"] as const) {
      hub.wechat.armFault({ endpoint: "getupdates", botId: contact.botId, behaviour: { kind } });
    }
    hub.wechat.armFault({
      endpoint: "getupdates",
      botId: contact.botId,
      behaviour: { kind: "http", status: 524 },
    });
    contact.writes("two");
    await contact.hasRead(2);
    contact.writes("three");
    await contact.hasRead(3);
    expect(contact.reads()).toEqual(["Hermes: one", "Hermes: two", "Hermes: three"]);
  });

  test("WeChat takes an answer and the connection breaks: the repeat is the same bubble", async () => {
    const contact = await hub.contact();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "commit-then-disconnect" },
    });
    contact.writes("only one answer, please");
    await runsBecome(contact, "sent");
    expect(contact.reads()).toEqual(["Hermes: only one answer, please"]);
    expect(hub.wechat.attempts({ botId: contact.botId }).length).toBeGreaterThanOrEqual(2);
  });

  test("an agent Lambda that is killed while Hermes works is gone on with, and answers once", async () => {
    const contact = await hub.contact();
    hub.hermes.scriptNext(
      { kind: "ok", text: "It took a while.", delayMs: 3000 },
      { textIncludes: "think hard" },
    );
    contact.writes("think hard");
    await hub.hermes.waitFor((sim) => sim.running().length === 1, 15_000);
    expect(await hub.host.kill("agent")).toBeGreaterThan(0);
    await hub.db
      .collection("conversations")
      .updateMany({ userId: contact.userId }, { $set: { "turn.expiresAt": new Date(0) } });
    await eventually(
      "the answer arrives",
      async () => (contact.reads().length > 0 ? true : null),
      40_000,
    );
    expect(contact.reads()).toEqual(["It took a while."]);
    await runsBecome(contact, "sent");
    const executed = hub.hermes.executions().filter(({ text }) => text === "think hard");
    expect(executed).toHaveLength(1);
  }, 180_000);

  test("a poller that is killed is followed by another, and nothing is lost", async () => {
    const contact = await hub.contact();
    contact.writes("before");
    await contact.hasRead(1);
    await eventually("a poller dies", async () =>
      (await hub.host.kill("poll")) > 0 ? true : null,
    );
    // What WeChat writes into a connection that is breaking is lost with it: reference/ilink.md 3.4.
    await eventually("WeChat sees no poll any more", async () =>
      (hub.wechat.openPolls()[contact.botId] ?? 0) === 0 ? true : null,
    );
    contact.writes("meanwhile");
    await eventually(
      "it is answered",
      async () => (contact.reads().length >= 2 ? true : null),
      60_000,
    );
    expect(contact.reads()).toEqual(["Hermes: before", "Hermes: meanwhile"]);
    expect(hub.wechat.overlaps()[contact.botId] ?? 0).toBe(0);
  }, 180_000);

  test("a question that Hermes refuses ends in an error with one honest last word", async () => {
    const contact = await hub.contact();
    contact.writes("x".repeat(200));
    await contact.hasRead(1);
    hub.hermes.scriptNext({ kind: "failed-without-text" }, { textIncludes: "hopeless", times: 99 });
    contact.writes("hopeless");
    const [, run] = await eventually("the run ends", async () => {
      const runs = await contact.runs();
      return runs[1]?.status === "error" ? runs : null;
    });
    expect(run?.error).toMatch(/^hermes\./);
    await contact.hasRead(2);
    expect(contact.reads().at(-1)).toMatch(/^Sorry/);
  }, 180_000);
});

describe("a wrong setting", () => {
  test("stops the function at start with a list of what is wrong and what to write", async () => {
    const hub = await startStoryHub("one bot for all contacts", {
      AGENT_RETRY_SECONDS: "soon",
      AGENT_LOOK_INTERVAL_MS: "1",
    });
    try {
      const contact = await hub.contact();
      contact.writes("hello");
      const line = await eventually("the function says so", async () => {
        const lines = hub.functionLines.filter(({ functionName }) => functionName === "agent");
        return lines.find(({ line }) => line.includes("AGENT_RETRY_SECONDS")) ?? null;
      });
      const said = hub.functionLines.map(({ line }) => line).join("\n");
      expect(said).toContain("AGENT_RETRY_SECONDS: write seconds with commas");
      expect(said).toContain("AGENT_LOOK_INTERVAL_MS: ");
      expect(line.line).not.toContain("hello");
    } finally {
      await hub.stop();
    }
  });
});
