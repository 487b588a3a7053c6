import { type EndpointName, type IlinkAnswer, sessionTimeout } from "./endpoints.ts";
import { type Fault, type FaultBehaviour, spend } from "./faults.ts";
import type { ForcedRefusal } from "./sending.ts";
import type { World } from "./world.ts";

type Process = (forced?: ForcedRefusal) => IlinkAnswer | Promise<IlinkAnswer>;

interface FaultyCall {
  fault: Fault | undefined;
  endpoint: EndpointName;
  closed: AbortSignal;
}

/**
 * Answers a call as its fault says. `process` checks the token and does the work; a fault of the
 * connection comes before it, a spoilt answer after it.
 */
export async function answerWithFault(
  world: World,
  { fault, endpoint, closed }: FaultyCall,
  process: Process,
): Promise<IlinkAnswer> {
  if (!fault) return process();
  const { behaviour } = fault.rule;
  if ("afterMs" in behaviour && !(await waited(world, behaviour.afterMs, closed))) {
    return { kind: "left" };
  }
  switch (behaviour.kind) {
    case "delay":
      return process();
    case "session-timeout": {
      const errmsg = "session timeout";
      await process({ rule: "fault", refusal: { style: "refuse", ret: -14, errmsg } });
      return sessionTimeout(world, endpoint);
    }
    case "drop-connection":
      return { kind: "cut" };
    case "refuse": {
      const { ret, errmsg } = behaviour;
      return process({ rule: "fault", refusal: { style: "refuse", ret, errmsg } });
    }
    case "silent-drop":
      return process({ rule: "fault", refusal: { style: "drop", answer: behaviour.answer } });
    case "late": {
      const { deliverAfterMs } = behaviour;
      return process({ rule: "fault", refusal: { style: "late", deliverAfterMs } });
    }
    case "commit-then-disconnect":
      return cutAfter(await process());
    case "lost-in-flight":
      return loseMessages(world, fault, await process());
    case "edit-answer":
      return edit(await process(), behaviour);
    case "http":
    case "html":
    case "not-json":
    case "empty-body":
    case "hang":
    default: {
      const processed = behaviour.commit ? await process() : null;
      return processed?.kind === "left" ? processed : spoilt(behaviour);
    }
  }
}

type Spoilt = Extract<
  FaultBehaviour,
  { kind: "http" | "html" | "not-json" | "empty-body" | "hang" }
>;
type Edit = Extract<FaultBehaviour, { kind: "edit-answer" }>;

function cutAfter(answer: IlinkAnswer): IlinkAnswer {
  return answer.kind === "left" ? answer : { kind: "cut" };
}

function loseMessages(world: World, fault: Fault, answer: IlinkAnswer): IlinkAnswer {
  const msgs = answer.kind === "json" ? answer.body["msgs"] : undefined;
  if (!Array.isArray(msgs) || msgs.length === 0) return answer;
  spend(world, fault);
  return { kind: "cut" };
}

function edit(answer: IlinkAnswer, { set, omit }: Edit): IlinkAnswer {
  if (answer.kind !== "json") return answer;
  const body = Object.entries({ ...answer.body, ...set }).filter(([key]) => !omit.includes(key));
  return { kind: "json", body: Object.fromEntries(body) };
}

function spoilt(behaviour: Spoilt): IlinkAnswer {
  const page = "<!doctype html><html><body>Service temporarily unavailable</body></html>";
  const json = "application/json";
  switch (behaviour.kind) {
    case "http": {
      const { status, contentType, text } = behaviour;
      return { kind: "text", status, contentType, text };
    }
    case "html":
      return { kind: "text", status: 200, contentType: "text/html", text: page };
    case "not-json":
      return { kind: "text", status: 200, contentType: json, text: '{"ret":0,' };
    case "empty-body":
      return { kind: "text", status: 200, contentType: json, text: "" };
    case "hang":
    default:
      return { kind: "hang" };
  }
}

/** False when the client left meanwhile. */
function waited(world: World, ms: number, closed: AbortSignal): Promise<boolean> {
  if (ms === 0) return Promise.resolve(!closed.aborted);
  return new Promise((resolve) => {
    const leave = () => {
      cancel();
      resolve(false);
    };
    const cancel = world.clock.after(ms, () => {
      closed.removeEventListener("abort", leave);
      resolve(true);
    });
    closed.addEventListener("abort", leave, { once: true });
  });
}
