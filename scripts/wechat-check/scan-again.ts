import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { clientFor, type CheckContext, type ScannedBot } from "./check-context.ts";
import { logIn } from "./log-in.ts";

const step = "scan again";

/** The same person scans once more: a new bot comes, and the older login ends. */
export async function scanAgain(context: CheckContext, before: ScannedBot): Promise<void> {
  const { person, findings } = context;
  person.tell("Now scan once more, with the same WeChat account.");
  const after = await logIn(context, step);
  const samePerson = after.ilinkUserId === before.ilinkUserId;
  findings.add({
    step,
    what: "the same user, and a new bot id",
    result: samePerson && after.botId !== before.botId ? "as_expected" : "unexpected",
    detail: `${samePerson ? "the same user" : "another user"}, ${after.botId === before.botId ? "the same bot id" : "a new bot id"}`,
  });
  const old = await pollOnce(context, before);
  findings.add({
    step,
    what: "the older login has ended",
    result: old === "refused with -14" ? "as_expected" : "unexpected",
    detail: old,
  });
  const fresh = await pollOnce(context, after);
  findings.add({
    step,
    what: "the new login polls",
    result: fresh === "answered" ? "as_expected" : "unexpected",
    detail: fresh,
  });
}

async function pollOnce(context: CheckContext, bot: ScannedBot): Promise<string> {
  try {
    const updates = await clientFor(context, bot).getUpdates({
      cursor: "",
      timeoutMs: context.holdMs,
    });
    return updates.cut === undefined ? "answered" : `cut (${updates.cut})`;
  } catch (error) {
    if (error instanceof WechatRefusedError) return `refused with ${error.code}`;
    if (error instanceof WechatUnreachableError) return `no answer (${error.kind})`;
    throw error;
  }
}
