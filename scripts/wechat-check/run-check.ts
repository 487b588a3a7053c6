import { errorName } from "#core/shared/errors.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { CheckStoppedError, type CheckContext } from "./check-context.ts";
import type { Finding } from "./findings.ts";
import { logIn } from "./log-in.ts";
import { receiveMessage } from "./message-in.ts";
import { sendMessages } from "./message-out.ts";
import { choose } from "./person.ts";
import { scanAgain } from "./scan-again.ts";

export type CheckOutcome = { finished: boolean; stoppedBecause: string | null };

/**
 * Walks a person with a phone through what the hub relies on: scan, message in, messages out, scan
 * again. What goes wrong ends the walk and is in the outcome.
 */
export async function runCheck(context: CheckContext): Promise<CheckOutcome> {
  const { person } = context;
  person.tell(introduction(new URL(context.settings.WECHAT_BASE_URL).host));
  if ((await choose(person, "Go on?", ["yes", "no"])) === "no") {
    return { finished: false, stoppedBecause: "The person did not want to." };
  }
  try {
    const bot = await logIn(context, "scan");
    const incoming = await receiveMessage(context, bot);
    await sendMessages(context, bot, incoming);
    await scanAgain(context, bot);
    person.tell(
      "Done. This program forgets both logins now, so the bot in WeChat answers no more. To use it, scan it in the hub.",
    );
    return { finished: true, stoppedBecause: null };
  } catch (error) {
    const stoppedBecause = reasonOf(error);
    person.tell(`Stopped: ${stoppedBecause}`);
    return { finished: false, stoppedBecause };
  }
}

/** Whether anything was otherwise than the hub relies on. */
export function isAsExpected(findings: readonly Finding[]): boolean {
  return findings.every(({ result }) => result !== "unexpected");
}

/** Only these classes put neither tokens nor texts into their messages. */
function reasonOf(error: unknown): string {
  const known =
    error instanceof CheckStoppedError ||
    error instanceof WechatRefusedError ||
    error instanceof WechatUnreachableError;
  return known ? error.message : `This program failed with ${errorName(error)}; please report it.`;
}

function introduction(host: string): string {
  return [
    `This looks at how WeChat's bot API (${host}) behaves, with your phone. It takes about five minutes.`,
    "Use a WeChat account whose bot nobody needs: WeChat keeps one bot per person, and a new scan ends the older one.",
    "The report holds no token, no id and no text; ids are replaced by short names that mean nothing elsewhere.",
  ].join("\n");
}
