import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { createTestClock, type TestClock } from "#test/test-clock.ts";
import { withDatabase } from "#test/with-database.ts";
import { showTyping, type Typing, type TypingDeps } from "./show-typing.ts";
import { createTypingTickets } from "./typing-tickets.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

let account: Account;
let contact: Contact;
let conversation: Conversation;
let clock: TestClock;
let deps: TypingDeps;
beforeEach(async () => {
  account = await hub.addBot();
  contact = hub.addContact(account);
  await contact.writes("hello");
  conversation = await contact.conversation();
  clock = createTestClock();
  deps = { ...hub.deps, clock, typingTickets: createTypingTickets(clock) };
});

function show(): Typing {
  return showTyping(deps, account, conversation);
}

function isTyping(): boolean {
  return hub.wechat.typing({ botId: account.botId ?? "", userId: contact.userId }).on;
}

function calls(endpoint: string) {
  const { userId } = contact;
  return hub.wechat.calls().filter((call) => call.endpoint === endpoint && call.userId === userId);
}

function fail(endpoint: "getconfig" | "sendtyping", kind: "drop-connection", times = 1) {
  const { userId } = contact;
  hub.wechat.armFault({ endpoint, userId, times, behaviour: { kind } });
}

describe("the typing sign", () => {
  test("is on until it is ended, renewed every 5 s", async () => {
    const typing = show();
    await hub.wechat.waitFor(isTyping);
    const shownAt = clock.now();
    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(calls("sendtyping")).toHaveLength(2);
    });
    expect(clock.now().getTime() - shownAt.getTime()).toBeGreaterThanOrEqual(5_000);
    await typing.end();
    expect(isTyping()).toBe(false);
    await clock.advance(60_000);
    expect(calls("sendtyping")).toHaveLength(3);
  });

  test("can be ended twice and goes off once", async () => {
    const typing = show();
    await hub.wechat.waitFor(isTyping);
    await Promise.all([typing.end(), typing.end()]);
    await typing.end();
    expect(calls("sendtyping")).toHaveLength(2);
  });

  test("is not shown at all when it is over before it began", async () => {
    await show().end();
    expect(calls("sendtyping")).toEqual([]);
  });

  test("is switched off once more when that failed", async () => {
    const typing = show();
    await hub.wechat.waitFor(isTyping);
    fail("sendtyping", "drop-connection");
    await typing.end();
    expect(isTyping()).toBe(false);
  });

  test("is switched off although the call that showed it was cut", async () => {
    const { userId } = contact;
    const behaviour = { kind: "commit-then-disconnect" } as const;
    hub.wechat.armFault({ endpoint: "sendtyping", userId, times: 2, behaviour });
    const typing = show();
    await vi.waitFor(() => expect(calls("sendtyping")).toHaveLength(2));
    await typing.end();
    expect(isTyping()).toBe(false);
  });
});

describe("a ticket", () => {
  test("is asked for once in ten minutes", async () => {
    for (const minutes of [0, 9, 2]) {
      await clock.advance(minutes * 60_000);
      const typing = show();
      await hub.wechat.waitFor(isTyping);
      await typing.end();
    }
    expect(calls("getconfig")).toHaveLength(2);
  });

  test("that WeChat no longer takes is replaced at once", async () => {
    const first = show();
    await hub.wechat.waitFor(isTyping);
    await first.end();
    hub.wechat.advanceClock(601_000);
    const typing = show();
    await hub.wechat.waitFor(isTyping);
    await typing.end();
    expect(isTyping()).toBe(false);
    expect(calls("getconfig")).toHaveLength(2);
  });

  test("carries the newest context token only where the account echoes it", async () => {
    for (const echoContextToken of [true, false]) {
      deps = { ...deps, typingTickets: createTypingTickets(clock) };
      const typing = showTyping(deps, { ...account, echoContextToken }, conversation);
      await hub.wechat.waitFor(isTyping);
      await typing.end();
    }
    const [echoed, bare] = calls("getconfig").map(({ request }) => request);
    expect(echoed).toContain(`"context_token":"${conversation.contextToken}"`);
    expect(bare).not.toContain("context_token");
  });
});

describe("what goes wrong with it", () => {
  test("before the contact first wrote (-4) nothing is shown and nothing fails", async () => {
    const stranger = { ...conversation, userId: hub.wechat.createUser().userId };
    await expect(showTyping(deps, account, stranger).end()).resolves.toBeUndefined();
    expect(calls("sendtyping")).toEqual([]);
  });

  test("is given up after two failures, and logged without secrets", async () => {
    fail("sendtyping", "drop-connection", 9);
    const typing = show();
    await vi.waitFor(() => expect(calls("sendtyping")).toHaveLength(2));
    await clock.advance(60_000);
    expect(calls("sendtyping")).toHaveLength(2);
    await typing.end();
    expect(hub.deps.logLines.join("\n")).toContain("typing.not_shown");
  });
});
