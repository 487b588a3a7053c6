import { cleanAnswer } from "#core/hermes/clean-answer.ts";
import type { HermesAnswer } from "#core/hermes/outcomes.ts";
import type { JsonObject } from "#core/hermes/hermes.wire.ts";
import { keepJson } from "#core/shared/keep-json.ts";
import type { AgentRun } from "./agent-run.ts";

const longestRawChars = 65_536;
const longestUsageChars = 4_096;
const longestMediaChars = 262_144;

/** Said below an answer that Hermes did not finish, or that was too long to send whole. */
export const unfinishedMark = "[This answer is not complete. / 回答不完整。]";

/** What a run keeps of an answer: words for the contact, what lay in them, and what came, capped. */
export function keptOf(
  outcome: HermesAnswer,
): Pick<AgentRun, "outputText" | "rawResponse" | "media" | "responseId" | "usage"> {
  const { text, isCut, mediaRefs, dataUrls } = cleanAnswer(outcome.text);
  return {
    outputText: isCut || outcome.partial ? `${text}\n\n${unfinishedMark}` : text,
    rawResponse: capRaw(outcome.raw),
    media: keptMedia(mediaRefs, dataUrls),
    responseId: outcome.responseId ?? null,
    usage: outcome.usage === undefined ? null : keepJson(outcome.usage, longestUsageChars),
  };
}

/** Pictures inside an answer may be megabytes, more than a record holds. */
export function capRaw(raw: JsonObject): JsonObject {
  return keepJson(raw, longestRawChars);
}

function keptMedia(refs: string[], dataUrls: string[]): AgentRun["media"] {
  if (refs.length + dataUrls.length === 0) return null;
  let left = longestMediaChars;
  const fits = (url: string) => {
    left -= url.length;
    return left >= 0;
  };
  const kept = { refs: refs.filter(fits), dataUrls: dataUrls.filter(fits) };
  const dropped = refs.length + dataUrls.length - kept.refs.length - kept.dataUrls.length;
  return { ...kept, dropped };
}
