import type { Db } from "mongodb";
import type { Account } from "#core/accounts/account.ts";
import type { Hub } from "../hub.ts";
import type { Sample } from "../sample/fill.ts";
import { shortPath } from "./options.ts";

/** What a person needs who has just started the hub: pages, api, first steps. */
export function whereToLook(
  hub: Hub,
  of: {
    settings: Readonly<Record<string, string>>;
    dataDir: string;
    owner: string;
    /** Whether the next start finds the data again. */
    isKept: boolean;
  },
): string {
  const { settings, dataDir, owner, isKept } = of;
  const kept = isKept
    ? "kept between starts; remove the folder to begin anew"
    : "made anew at each start";
  const wechat = hub.wechat
    ? `${hub.wechat.url}/  WeChat simulator: scan, confirm and write to the bots`
    : `${settings["WECHAT_BASE_URL"]}  the real WeChat: scan with your phone`;
  const hermes = hub.hermes
    ? `${hub.hermes.controlUrl}/  Hermes stand-in: see its calls, switch it off`
    : `${settings["HERMES_API_BASE_URL"]}  the real Hermes`;
  return [
    "",
    `  console      ${hub.apiUrl}`,
    `  sign in      ${owner}`,
    `  api          ${hub.apiUrl}/api  described at ${hub.apiUrl}/api/docs`,
    `  ${hub.wechat ? "chat page" : "WeChat   "}    ${wechat}`,
    `  ${hub.hermes ? "Hermes page" : "Hermes     "}  ${hermes}`,
    `  data         ${shortPath(dataDir)}  ${kept}`,
    "",
    "  A first bot: these, then the commands of README.md",
    `    export HUB=${hub.apiUrl} TOKEN=${hub.apiToken}`,
    `    curl -X POST $HUB/api/accounts -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"name":"My first bot"}'`,
    "",
    "  Ctrl-C stops everything.",
    "",
  ].join("\n");
}

/** What a sample has, for who opens it the first time. */
export function sampleBotsOf({ accounts, conversations, runs, live }: Sample): string {
  return (
    `The sample: ${accounts} bots, ${live.length} of them polled, with ${conversations} contacts and ` +
    `${runs} questions of the last week. Customers write now and then.`
  );
}

/** Which bots there are from earlier starts; null when there are none. */
export async function keptBots(db: Db): Promise<string | null> {
  const accounts = db.collection<Account>("accounts");
  const all = await accounts.countDocuments({ status: { $ne: "retired" } });
  if (all === 0) return null;
  const polled = await accounts.countDocuments({ scheduleWanted: "on" });
  return `From earlier starts: ${all} ${all === 1 ? "bot" : "bots"}, ${polled} of them polled.`;
}
