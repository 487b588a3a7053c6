import { describe, expect, test } from "vitest";
import type { CredentialKeys } from "#core/settings/credential-keys.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { openToken, sealToken } from "./credentials.ts";

const k1 = { id: "k1", key: Buffer.alloc(32, 1) };
const k2 = { id: "k2", key: Buffer.alloc(32, 2) };
const botId = "0a1b2c@im.bot";
const token = "0a1b2c@im.bot:s3cr3t-of-the-bot-字";

function failureOf(keys: CredentialKeys, bot: string, stored: string): InvariantError {
  try {
    openToken(keys, bot, stored);
  } catch (error) {
    if (error instanceof InvariantError) return error;
    throw error;
  }
  throw new Error("It opened.");
}

/** Everything that a log, a record or a person might get to see of the error. */
function shown(error: InvariantError): string {
  return `${error.message} ${JSON.stringify(error.details)} ${error.code}`;
}

describe("a stored bot token", () => {
  test("opens again, and shows nothing of itself while it lies there", () => {
    const stored = sealToken([k1], botId, token);
    expect(openToken([k1], botId, stored)).toBe(token);
    expect(stored).not.toContain("s3cr3t");
    expect(stored).not.toContain(Buffer.from(token).toString("base64url").slice(0, 12));
  });

  test("never lies there twice in the same form", () => {
    expect(sealToken([k1], botId, token)).not.toBe(sealToken([k1], botId, token));
  });

  test("outlives a change of keys: the first encrypts, each known one opens", () => {
    const old = sealToken([k1], botId, token);
    const fresh = sealToken([k2, k1], botId, token);
    expect(fresh.startsWith("k2.")).toBe(true);
    expect(openToken([k2, k1], botId, old)).toBe(token);
    expect(openToken([k2, k1], botId, fresh)).toBe(token);
  });

  test("whose key is gone says which key to add, and no secret", () => {
    const error = failureOf([k2], botId, sealToken([k1], botId, token));
    expect(error).toMatchObject({ code: "credential.unknown_key", details: { keyId: "k1" } });
    expect(error.message).toContain("Add the old key behind the new one");
    expect(shown(error)).not.toContain("s3cr3t");
  });

  test("does not open for another bot that it was copied to", () => {
    const error = failureOf([k1], "other@im.bot", sealToken([k1], botId, token));
    expect(error.code).toBe("credential.damaged");
    expect(shown(error)).not.toContain("s3cr3t");
  });

  test("does not open under another key of the same name", () => {
    const imposter = { id: "k1", key: Buffer.alloc(32, 9) };
    expect(failureOf([imposter], botId, sealToken([k1], botId, token)).code).toBe(
      "credential.damaged",
    );
  });

  test.each([
    [
      "a changed byte",
      (stored: string) => `${stored.slice(0, -2)}${stored.endsWith("AA") ? "BB" : "AA"}`,
    ],
    ["a cut end", (stored: string) => stored.slice(0, -8)],
    ["nothing behind the key's name", () => "k1."],
    ["almost nothing behind the key's name", () => "k1.AAAA"],
  ])("with %s does not open, and says that the bot must be scanned again", (_what, change) => {
    const error = failureOf([k1], botId, change(sealToken([k1], botId, token)));
    expect(error.code).toBe("credential.damaged");
    expect(error.message).toContain("scanned again");
  });

  test("cannot be made without a key", () => {
    expect(() => sealToken([], botId, token)).toThrow(InvariantError);
  });
});
