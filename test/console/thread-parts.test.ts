import { expect, test } from "vitest";
import type { ThreadMessage } from "#console/client/conversations.ts";
import { partsOf } from "#console/parts/thread/parts-of.ts";

const common = { accountId: "acc_1", conversationId: "cnv_1", userId: "o@im.wechat", version: 1 };

function asked(id: string, at: string, runId: string | null): ThreadMessage {
  return {
    ...common,
    _id: id,
    direction: "inbound",
    text: id,
    createdAt: at,
    generation: 1,
    sentAt: at,
    receivedAt: at,
    sessionId: null,
    media: [],
    pushAfter: null,
    runId,
    unansweredReason: null,
  };
}

function drawn(messages: readonly ThreadMessage[], zone = "Asia/Shanghai"): string[] {
  return partsOf(messages, zone).map((part) => {
    if ("day" in part) return part.day;
    return part.side === "inbound" ? part.messages.map(({ _id }) => _id).join("+") : part.id;
  });
}

test("texts of one run are one question, others stand alone", () => {
  const at = "2026-11-22T01:00:00.000Z";
  const thread = [asked("a", at, "run_1"), asked("b", at, "run_1"), asked("c", at, "run_2")];
  expect(drawn([...thread, asked("d", at, null), asked("e", at, null)])).toEqual([
    "2026-11-22",
    "a+b",
    "c",
    "d",
    "e",
  ]);
});

test("a day is the day of the reader's zone, and a late message does not turn it back", () => {
  const thread = [
    asked("a", "2026-11-21T15:59:00.000Z", null),
    asked("b", "2026-11-21T16:01:00.000Z", null),
    asked("c", "2026-11-21T15:58:00.000Z", null),
  ];
  expect(drawn(thread)).toEqual(["2026-11-21", "a", "2026-11-22", "b", "c"]);
  expect(drawn(thread, "UTC")).toEqual(["2026-11-21", "a", "b", "c"]);
});
