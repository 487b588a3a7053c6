import { once } from "node:events";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Conversation } from "#core/conversations/conversation.ts";
import { serveApi, type ServedApi } from "#test/serve-api.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { connect, HubUnreachableError, type Connection } from "./connection.ts";
import { followMessages, type Followed } from "./follow.ts";

const { db } = withDatabase();
let hub: SmallHub;
let api: ServedApi;
let connection: Connection;
beforeAll(async () => {
  hub = await startSmallHub(db());
  api = await serveApi(hub.deps);
  connection = connect({ url: api.url, token: hub.deps.settings.api.API_TOKEN });
});
afterAll(async () => {
  await api?.stop();
  await hub?.stop();
});

const said = (followed: readonly Followed[]) => followed.map(({ message }) => message.text);

test("what came before is not shown, what comes then is shown once, by bot and contact", async () => {
  const contact = hub.addContact(await hub.addBot({ name: "Tea shop" }));
  await hub.work(await contact.writes("Good morning"));
  const messages = followMessages(connection);
  expect(await messages.look()).toEqual([]);
  expect(await messages.look()).toEqual([]);
  await db()
    .collection<Conversation>("conversations")
    .updateOne({ _id: contact.conversationId }, { $set: { alias: "Li Wei" } });
  await hub.work(await contact.writes("Do you deliver?"));
  const [question, answer, ...others] = await messages.look();
  expect(others).toEqual([]);
  expect(question).toMatchObject({ botName: "Tea shop", contactName: "Li Wei" });
  expect([question?.message.text, answer?.message.text]).toEqual([
    "Do you deliver?",
    "Hermes: Do you deliver?",
  ]);
  expect(await messages.look()).toEqual([]);
});

test("a bot that is approved later joins, and more than a page between two looks is shown whole", async () => {
  const messages = followMessages(connection);
  await messages.look();
  const contact = hub.addContact(await hub.addBot({ name: "Book shop" }));
  const texts = Array.from({ length: 60 }, (_, n) => `text ${n}`);
  await contact.writes(...texts);
  const { accountId } = contact;
  const stored = () => db().collection("messages").countDocuments({ accountId });
  while ((await stored()) < texts.length) await hub.poll(accountId);
  expect(said(await messages.look())).toEqual(texts);
});

test("a hub that does not answer is told, and the next look shows what came meanwhile", async () => {
  const contact = hub.addContact(await hub.addBot());
  const way = await openWay(Number(new URL(api.url).port));
  const token = hub.deps.settings.api.API_TOKEN;
  const messages = followMessages(connect({ url: way.url, token }), contact.accountId);
  await messages.look();
  way.cut();
  await contact.writes("still there?");
  await expect(messages.look()).rejects.toThrow(HubUnreachableError);
  way.mend();
  expect(said(await messages.look())).toEqual(["still there?"]);
  way.close();
});

/** A way to a port that can be cut. */
async function openWay(port: number) {
  let isCut = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (isCut) return void socket.destroy();
    const there = connectTo(port, "127.0.0.1");
    sockets.add(socket);
    for (const end of [socket, there]) {
      end.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    }
    socket.pipe(there).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The way has no port.");
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    mend() {
      isCut = false;
    },
    close() {
      cut();
      server.close();
    },
  };
}
