import { buildFunctions } from "#local/build-functions.ts";
import { eventually } from "#local/eventually.ts";
import { startHub } from "#local/hub.ts";
import { diff } from "#local/meter/meter.ts";
import { fastPace } from "#local/pace.ts";
import type { Metered } from "./month.ts";

/** Has a local hub answer so many messages, one after the other, and gives what one of them cost. */
export async function meterMessages(messages: number): Promise<Metered> {
  await buildFunctions();
  let logBytes = 0;
  const hub = await startHub({
    pace: fastPace,
    log: () => {},
    onFunctionLine: ({ functionName, line }) => {
      if (functionName === "agent" || functionName === "poll") logBytes += line.length;
    },
  });
  try {
    const { wechat } = hub;
    if (!wechat) throw new Error("Metering needs the simulated WeChat.");
    wechat.configure({ send: { burstLimit: null } });
    await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
    const made = await hub.client.createBot({ name: "metered", policyId: "auto" });
    const login = await hub.client.startLogin(made._id);
    wechat.scan({ qr: login.qrContent, userId: wechat.createUser({ name: "owner" }).userId });
    wechat.confirm({ qr: login.qrContent });
    await eventually(
      "the login is completed",
      async () => (await hub.client.login(login._id)).outcome,
    );
    await hub.client.change(made._id, "approve");
    await hub.client.change(made._id, "start-polling");
    const { botId = "" } = await hub.client.account(made._id);
    const { userId } = wechat.createUser({ name: "contact" });
    const answer = async (count: number) => {
      wechat.userSends({ userId, botId, text: `question ${count}` });
      await wechat.waitFor(() => wechat.bubbles({ userId, botId }).length >= count, 30_000);
    };
    await answer(1);
    const [before, bytesBefore] = [hub.meter.snapshot(), logBytes];
    for (let count = 2; count <= messages + 1; count++) await answer(count);
    const between = diff(before, hub.meter.snapshot());
    const requests = Object.values(between.queueRequests).reduce((sum, count) => sum + count, 0);
    return {
      at: new Date().toISOString().slice(0, 10),
      messages,
      agentBilledMs: Math.round((between.functions["agent"]?.billedMs ?? 0) / messages),
      queueRequests: Math.round((requests / messages) * 10) / 10,
      logBytes: Math.round((logBytes - bytesBefore) / messages),
    };
  } finally {
    await hub.stop();
  }
}
