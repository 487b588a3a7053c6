import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { json, serve } from "#test/answering-server.ts";
import { createWechatClient } from "./wechat.client.ts";

const botToken = "b0t@im.bot:top-secret-token";
const password = "pr0xy-pa55";

/** A proxy on a free port, which asks for user and password and notes what it was asked for. */
async function startProxy() {
  const seen: { line: string; token: string | undefined }[] = [];
  const isKnown = ({ headers }: IncomingMessage) =>
    headers["proxy-authorization"] === `Basic ${Buffer.from(`hub:${password}`).toString("base64")}`;
  const note = ({ method, url, headers }: IncomingMessage) =>
    seen.push({ line: `${method} ${url}`, token: headers.authorization });
  const server = createServer((request, response) => {
    note(request);
    if (!isKnown(request)) return void response.writeHead(407).end();
    // Straight through, so that the one behind it shows what reaches WeChat.
    const behind = new URL(request.url ?? "");
    const forwarded = connect(Number(behind.port), behind.hostname, () => {
      const { "proxy-authorization": _ours, ...headers } = request.headers;
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      forwarded.write(
        `${request.method} ${behind.pathname} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`,
      );
      request.pipe(forwarded, { end: false });
      forwarded.pipe(response.socket ?? forwarded);
    });
  });
  server.on("connect", (request: IncomingMessage, socket) => {
    note(request);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    seen,
    urlFor: (user: string) => `http://${user}@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call should have failed"),
    (error: unknown) => error,
  );
}

test("calls go through the proxy, which gets its password, and WeChat does not", async () => {
  await using wechat = await serve(json({ ret: 0, get_updates_buf: "next" }));
  await using proxy = await startProxy();
  const proxyUrl = proxy.urlFor(`hub:${password}`);
  const client = createWechatClient({ baseUrl: wechat.url, botToken, proxyUrl });
  expect(await client.getUpdates({ cursor: "", timeoutMs: 5000 })).toMatchObject({
    cursor: "next",
  });
  expect(proxy.seen.map(({ line }) => line)).toEqual([`POST ${wechat.url}/ilink/bot/getupdates`]);
  expect(wechat.seen).toHaveLength(1);
  expect(wechat.seen[0]?.headers.authorization).toBe(`Bearer ${botToken}`);
  expect(JSON.stringify(wechat.seen)).not.toContain(Buffer.from(password).toString("base64"));
});

test("WeChat's own address is reached by a tunnel, so that the proxy sees no token", async () => {
  await using proxy = await startProxy();
  const proxyUrl = proxy.urlFor(`hub:${password}`);
  const client = createWechatClient({
    baseUrl: "https://ilinkai.weixin.qq.com",
    botToken,
    proxyUrl,
  });
  const error = await failureOf(client.sendMessage({ toUserId: "u", clientId: "c", text: "x" }));
  expect(error).toMatchObject({ kind: "network", sent: "no" });
  expect(proxy.seen).toEqual([{ line: "CONNECT ilinkai.weixin.qq.com:443", token: undefined }]);
});

test.each([
  ["refuses the password", (proxy: string) => proxy],
  ["is not there", () => `http://hub:${password}@127.0.0.1:9`],
])("a proxy that %s: nothing was sent, and no error shows the password", async (_how, urlOf) => {
  await using wechat = await serve(json({ ret: 0 }));
  await using proxy = await startProxy();
  const proxyUrl = urlOf(proxy.urlFor(`stranger:${password}`));
  const client = createWechatClient({ baseUrl: wechat.url, botToken, proxyUrl });
  const error = await failureOf(client.sendMessage({ toUserId: "u", clientId: "c", text: "x" }));
  expect(error).toMatchObject({ kind: "network", sent: "no" });
  expect(inspect(error, { depth: 10 })).not.toContain(password);
  expect(wechat.seen).toEqual([]);
});
