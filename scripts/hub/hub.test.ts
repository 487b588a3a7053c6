import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { testDeps } from "#test/test-deps.ts";
import { serveApi, type ServedApi } from "#test/serve-api.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { connect } from "./connection.ts";
import { createOutput } from "./output.ts";
import { runHub } from "./program.ts";
import { openSession } from "./session.ts";

const { db } = withDatabase();
let hub: SmallHub;
let api: ServedApi;
let contact: Contact;
beforeAll(async () => {
  hub = await startSmallHub(db());
  api = await serveApi(hub.deps);
  const bot = await hub.addBot({ name: "茶店 front desk", policyId: "manual-review" });
  contact = hub.addContact(bot);
  await hub.work(await contact.writes("do you deliver?"));
});
afterAll(async () => {
  await api.stop();
  await hub.stop();
});

type Ran = { code: number; said: string; complaints: string };

/** Types one command line; `answers` are what the person types when asked. */
async function type(
  line: string[],
  { answers = [], onSaid = () => {} }: { answers?: string[]; onSaid?: (text: string) => void } = {},
): Promise<Ran> {
  let said = "";
  let complaints = "";
  const token = testDeps(db()).settings.api.API_TOKEN;
  const code = await runHub(
    line,
    (options) => ({
      connection: connect({ url: options.url ?? api.url, token: options.token ?? token }),
      output: createOutput((text) => {
        said += text;
        onSaid(text);
      }, options.json === true),
      ask: async () => answers.shift() ?? "",
    }),
    (complaint) => {
      complaints += complaint;
    },
  );
  return { code, said, complaints };
}

describe("hub bots", () => {
  test("is a table for people, and JSON for programs", async () => {
    const { said, code } = await type(["bots"]);
    expect(code).toBe(0);
    expect(said).toMatch(/name.*status.*polling/);
    expect(said).toContain("茶店 front desk");
    const json = z
      .array(z.object({ name: z.string() }))
      .parse(JSON.parse((await type(["--json", "bots"])).said));
    expect(json.map(({ name }) => name)).toEqual(["茶店 front desk"]);
  });

  test("finds a bot by its name, and says when there is none or more than one", async () => {
    expect((await type(["stop", "茶店 FRONT desk"])).said).toMatch(/polling +off/);
    expect(await type(["stop", "nowhere"])).toMatchObject({
      code: 2,
      complaints: expect.stringContaining("No bot is called “nowhere”"),
    });
    for (const _ of [1, 2]) await type(["create", "twin", "--once", "set-up-of-the-twin"]);
    expect((await type(["stop", "twin"])).complaints).toContain("pending login");
    await type(["create", "twin"]);
    expect((await type(["stop", "twin"])).complaints).toMatch(/Several bots.*acc_.*acc_/);
  });
});

test("hub login draws the QR code and follows the scan to its end", async () => {
  await type(["create", "new bot"]);
  const { userId } = hub.wechat.createUser({ name: "owner" });
  let scanned = false;
  const { code, said } = await type(["login", "new bot"], {
    onSaid: (text) => {
      if (scanned || !text.includes("Scan it")) return;
      scanned = true;
      const [qr] = hub.wechat.state().logins.slice(-1);
      if (!qr) throw new Error("There is no QR code.");
      hub.wechat.scan({ qr: qr.qr, userId });
      hub.wechat.confirm({ qr: qr.qr });
    },
  });
  expect(said).toContain("▄");
  expect(said).toMatch(/login +new/);
  expect(code).toBe(0);
}, 180_000);

test("hub review shows what waits, and approves it with other words", async () => {
  const { said } = await type(["review"]);
  expect(said).toContain("do you deliver?");
  expect(said).toContain(contact.userId);
  const [draft] = z
    .array(z.object({ _id: z.string() }))
    .parse(JSON.parse((await type(["--json", "review"])).said));
  const approved = await type(["review", "approve", draft?._id ?? "", "--text", "Yes, daily."]);
  expect(approved).toMatchObject({ code: 0 });
  expect(approved.said).toMatch(/goes out/);
  const withdrawn = await type(["review", "withdraw", draft?._id ?? ""]);
  expect(withdrawn.said).toMatch(/awaiting_review/);
  expect((await type(["run", draft?._id ?? ""])).said).toContain("do you deliver?");
  const runs = await type(["runs", "--status", "awaiting_review"]);
  expect(runs.said).toMatch(/bot +contact +status/);
  expect(runs.said).toMatch(new RegExp(`${contact.userId} +awaiting_review`));
  expect((await type(["policies"])).said).toContain("manual-review");
});

test("hub tail shows what came and went, without what would move a terminal's cursor", async () => {
  await contact.writes("one\u001B[2J two\nthree");
  const { said } = await type(["tail", "茶店 front desk", "--once"]);
  expect(said).toMatch(/→ \S+ {2}do you deliver\?/);
  expect(said).toContain("two three");
  expect(said).not.toContain("\u001B");
});

test("each command that changes a bot is a table for people and JSON for programs", async () => {
  const bot = await hub.addBot({ name: "till", policyId: "auto" });
  const Changed = z.object({ name: z.string(), status: z.string(), polling: z.boolean() });
  const steps = [
    ["start", "approved", true],
    ["stop", "approved", false],
    ["suspend", "suspended", false],
    ["resume", "approved", false],
  ] as const;
  for (const [verb, status, polling] of steps) {
    const json = Changed.parse(JSON.parse((await type(["--json", verb, bot._id])).said));
    expect(json, verb).toEqual({ name: "till", status, polling });
    const again = await type([verb, bot._id]);
    expect(again, verb).toMatchObject({ code: 0, complaints: "" });
    expect(again.said, verb).toMatch(new RegExp(`bot +till\\s+status +${status}\\s+polling`));
  }
  const accounts = db().collection<{ _id: string; status: string }>("accounts");
  await accounts.updateOne({ _id: bot._id }, { $set: { status: "pending_approval" } });
  expect((await type(["approve", "till"])).said).toMatch(/status +approved/);
});

test("hub review rejects with a reason, and asks Hermes once more with a hint", async () => {
  const draftOf = async (question: string) => {
    const bot = await hub.addBot({ name: `bot for ${question}`, policyId: "manual-review" });
    await hub.work(await hub.addContact(bot).writes(question));
    const { said } = await type(["--json", "runs", "--bot", bot._id]);
    return z.array(z.object({ _id: z.string() })).parse(JSON.parse(said))[0]?._id ?? "";
  };
  const rejected = await type(["review", "reject", await draftOf("a"), "--reason", "not true"]);
  expect(rejected).toMatchObject({ code: 0, said: expect.stringMatching(/status +rejected/) });
  const renewed = await type(["review", "regenerate", await draftOf("b"), "--hint", "shorter"]);
  expect(renewed).toMatchObject({ code: 0, said: expect.stringMatching(/run +run_/) });
  const unsaid = await type(["review", "reject", "run_1"]);
  expect(unsaid.code).toBe(2);
});

test("hub tail is one line of JSON for each message where programs read it", async () => {
  const { said } = await type(["--json", "tail", "茶店 front desk", "--once"]);
  const Line = z.object({ direction: z.string(), text: z.string().nullable() });
  const lines = said.trim().split("\n");
  const messages = lines.map((line) => Line.parse(JSON.parse(line)));
  expect(messages[0]).toMatchObject({ direction: "inbound", text: "do you deliver?" });
});

describe("hub cost", () => {
  test("is a table with its sum, and JSON for programs", async () => {
    const { code, said } = await type(["cost"]);
    expect(code).toBe(0);
    expect(said).toMatch(/bot.*runs.*total/);
    expect(said).toMatch(/茶店 front desk +\d+ +\d+ +1 /);
    expect(said).toMatch(/\$\d+\.\d\d in all, by list prices of 20/);
    const rows = z
      .array(z.object({ name: z.string(), runs: z.number() }))
      .parse(JSON.parse((await type(["--json", "cost"])).said));
    expect(rows).toContainEqual({ name: "茶店 front desk", runs: 1 });
  });

  test("of a month before there was a bot is empty, and a month is written as one", async () => {
    expect((await type(["cost", "--month", "2020-01"])).said).toContain("Nothing there.");
    const mistyped = await type(["cost", "--month", "March"]);
    expect(mistyped).toMatchObject({ code: 2, complaints: expect.stringContaining("2026-03") });
  });
});

describe("hub doctor", () => {
  const Findings = z.array(
    z.object({ area: z.string(), state: z.string(), seen: z.string(), next: z.string() }),
  );
  const findingsOf = ({ said }: Ran) => Findings.parse(JSON.parse(said));

  test("says of a hub that is well what waits for people", async () => {
    const { code, said } = await type(["doctor"]);
    expect(code).toBe(0);
    expect(said).toMatch(/✓ +api +it answers/);
    expect(said).toMatch(/! +poll function +has not started yet/);
    const findings = findingsOf(await type(["--json", "doctor"]));
    expect(findings).toContainEqual(expect.objectContaining({ area: "review", state: "look" }));
    expect(findings.every(({ state, next }) => state === "ok" || next !== "")).toBe(true);
  });

  test("says what is wrong with Hermes, and has an exit code for it", async () => {
    const hermes = db().collection<{ _id: string; state?: string }>("hermes");
    const [known] = await hermes.find().toArray();
    await hermes.updateOne({ _id: known?._id ?? "" }, { $set: { state: "down" } });
    hub.deps.clock.moveOn(11_000);
    const ran = await type(["--json", "doctor"]);
    await hermes.deleteMany({});
    expect(ran).toMatchObject({ code: 5, complaints: "1 of these is wrong." });
    const wrong = findingsOf(ran).filter(({ state }) => state === "wrong");
    expect(wrong).toMatchObject([{ area: "Hermes", seen: expect.stringContaining("down") }]);
  });
});

describe("what goes wrong", () => {
  test("has an exit code of its own, and says what to do next", async () => {
    const wrongToken = await type(["--token", "nonsense", "bots"]);
    expect(wrongToken).toMatchObject({ code: 3 });
    expect(wrongToken.complaints).toContain("Sign in");
    const away = await type(["--url", "http://127.0.0.1:1", "bots"]);
    expect(away).toMatchObject({ code: 4 });
    expect(away.complaints).toContain("npm run dev");
    expect(await type(["run", "run_NOBODY"])).toMatchObject({ code: 1 });
    expect(await type(["bots", "--status", "funny"])).toMatchObject({ code: 2 });
    for (const limit of ["0", "many", "1.5", "201"]) {
      expect(await type(["runs", "--limit", limit]), limit).toMatchObject({ code: 2 });
    }
    expect(await type(["cancel", "run_NOBODY"])).toMatchObject({ code: 1 });
  });

  test("a missing token is said before anything is asked", () => {
    expect(() => openSession({}, {})).toThrow(/HUB_TOKEN/);
    expect(() => openSession({ url: "nonsense" }, { HUB_TOKEN: "t" })).toThrow(/no address/);
  });
});
