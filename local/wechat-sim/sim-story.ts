import { onTestFinished } from "vitest";
import { createIlinkTestClient } from "./ilink-test-client.ts";
import { startWechatSim, type WechatSim, type WechatSimOptions } from "./server.ts";

/** A simulator that ends with the test. */
export async function withSim(options: WechatSimOptions = {}): Promise<WechatSim> {
  const sim = await startWechatSim({ seed: 7, ...options });
  onTestFinished(() => sim.stop());
  return sim;
}

/** A user, or the one given, whose QR login is confirmed. */
export async function logIn(sim: WechatSim, userId = sim.createUser().userId) {
  const anonymous = createIlinkTestClient(sim.url);
  const { qrcode } = await anonymous.getQrCode();
  sim.scan({ qr: qrcode, userId });
  sim.confirm({ qr: qrcode });
  const status = await anonymous.getStatus(qrcode);
  const { bot_token: token = "", ilink_bot_id: botId = "" } = status;
  return { userId, token, botId, client: createIlinkTestClient(sim.url, token) };
}

/** Lets answers that are due leave, so that what stays open is really held. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The texts of an answer's messages. */
export function textsOf(answer: { msgs?: { item_list: Record<string, unknown>[] }[] | undefined }) {
  return (answer.msgs ?? []).map(({ item_list: [item] }) => {
    const content = item?.["text_item"];
    return typeof content === "object" && content !== null && "text" in content
      ? content.text
      : null;
  });
}
