import { createServer, request as forward } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { startLogin } from "#core/logins/start-login.ts";
import { watchLogin } from "#core/logins/watch-login.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { startSmallHub, type SmallHub } from "./small-hub.ts";
import { withDatabase } from "./with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

/** Another address of WeChat's, which notes the calls that come that way. */
async function startOtherAddress() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push((request.url ?? "").replace("/ilink/bot/", ""));
    const { method, headers, url } = request;
    const onward = forward(new URL(url ?? "", hub.wechat.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { seen, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}` };
}

test("changed baseurl: a login that names another allowed address is polled and answered there", async () => {
  const bot = await hub.addBot();
  const contact = hub.addContact(bot);
  await hub.work(await contact.writes("before"));
  const other = await startOtherAddress();
  const wechat = { ...hub.deps.settings.wechat, WECHAT_ALLOWED_HOSTS: [other.host] };
  const deps = { ...hub.deps, settings: { ...hub.deps.settings, wechat } };
  hub.wechat.configure({ login: { baseurl: other.url } });
  await expireLogin(deps, { accountId: bot._id, generation: bot.generation });
  const login = await startLogin(
    { ...deps, pollStarter: { async watchLogin() {} } },
    hubActor,
    bot._id,
  );
  const watching = watchLogin(deps, login._id, plusSeconds(deps.clock.now(), 60));
  hub.wechat.scan({ qr: login.qrcode, userId: bot.ilinkUserId ?? "" });
  hub.wechat.confirm({ qr: login.qrcode });
  await watching;

  const lease = { id: "lse_test", pollerId: "plr_test", expiresAt: new Date(2100, 0) };
  await accountStore(db()).changeWhere({ _id: bot._id }, { $set: { lease } });
  expect(await accountStore(db()).get(bot._id)).toMatchObject({ baseUrl: other.url, cursor: "" });
  await hub.work(await contact.writes("after"));
  expect(contact.reads()).toEqual(["Hermes: before", "Hermes: after"]);
  expect(other.seen).toEqual(expect.arrayContaining(["getupdates", "sendmessage"]));
});
