import { describe, expect, test } from "vitest";
import { OutboundMessage, type OutboundKind } from "#core/messages/message.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { compose } from "./compose.ts";

const { db } = withDatabase();
const deps = testDeps(db());

function make(text: string, kind: OutboundKind = "answer", when?: "now" | "later") {
  const of = { accountId: "acc_1", conversationId: "cnv_1", userId: "o@im.wechat", runId: null };
  return compose(deps, { id: "msg_1", kind, text, onceKey: "once", ...of }, when);
}

describe("an outbound message", () => {
  test("has a client id for each bubble before anything is sent", () => {
    const { chunks } = make(`${"a".repeat(2000)}${"b".repeat(10)}`);
    expect(chunks.map(({ text }) => text.length)).toEqual([2000, 10]);
    expect(new Set(chunks.map(({ clientId }) => clientId)).size).toBe(2);
    expect(chunks[0]?.clientId).toMatch(/^chk_/);
  });

  test("has its first bubble under way when it is sent now, and none when later", () => {
    const text = "a".repeat(2500);
    const begun = (when: "now" | "later") =>
      make(text, "answer", when).chunks.map(({ state, attempts }) => [state, attempts]);
    expect(begun("now")).toEqual([
      ["sending", 1],
      ["queued", 0],
    ]);
    expect(begun("later")).toEqual([
      ["queued", 0],
      ["queued", 0],
    ]);
  });

  test("of Hermes' has its Markdown made fit, any other is sent as it is", () => {
    const text = "##### Prices\n*全部*";
    expect(make(text).chunks[0]?.text).toBe("Prices\n全部");
    expect(make(text).text).toBe(text);
    for (const kind of ["notice", "offer", "last_word", "auto_reply"] as const) {
      expect(make(text, kind).chunks[0]?.text).toBe(text);
    }
  });

  test("always has a bubble, and is what the database gives back", () => {
    const message = make("![](sandbox:/x.png)");
    expect(message.chunks).toHaveLength(1);
    expect(OutboundMessage.parse(message)).toEqual(message);
  });
});
