import { describe, expect, test } from "vitest";
import { createHermesClient } from "./hermes.client.ts";
import { isPublicAddress, lookUpPublic, notPublicCode } from "./public-address.ts";
import { json, serve } from "#test/answering-server.ts";

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.100.0.1",
  "127.0.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.19.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:7f00:1",
  "64:ff9b::a00:1",
  "fd12:3456::1",
  "fe80::1",
  "ff02::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "localhost",
  "",
])("%j is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])(
  "%j is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

describe("a client that must stay in the open internet", () => {
  const client = (baseUrl: string) =>
    createHermesClient({ baseUrl, apiKey: "key", model: "m", publicOnly: true });

  test("sends nothing to a private address, by number or by name", async () => {
    await using server = await serve(json({ status: "ok" }));
    const port = new URL(server.url).port;
    const hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"];
    for (const host of hosts) {
      const probe = await client(`http://${host}:${port}/v1`).probe();
      expect(probe, host).toMatchObject({ state: "misconfigured", row: "private_address" });
    }
    expect(server.seen).toEqual([]);
  });

  test("is refused by the lookup of the connection itself", async () => {
    const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>();
    lookUpPublic("localhost", {}, resolve);
    expect((await promise)?.code).toBe(notPublicCode);
  });
});
