import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { wantedBy, type ScheduleOrder } from "./aws-request.ts";
import type { Rights } from "./rights.ts";

export type Door = { url: string; stop(): Promise<void> };

/**
 * The way of one function to AWS: whatever its role does not grant is refused as AWS would refuse
 * it, all else goes on to the emulator. Who calls is known by the door, since only this function's
 * environment names it.
 */
export function openDoor(role: string, rights: Rights, emulatorUrl: string): Promise<Door> {
  return serve(async (incoming, outgoing) => {
    const body = await text(incoming);
    const url = new URL(incoming.url ?? "/", emulatorUrl);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (typeof value === "string") headers.set(name, value);
    }
    const wanted = wantedBy({ method: incoming.method ?? "GET", url, headers, body });
    if (!wanted) {
      rights.refusals.push({
        role,
        action: `${incoming.method} ${url.pathname} ${headers.get("x-amz-target") ?? ""}`.trim(),
        resource: "which is not known to the test",
        by: "the function",
      });
      return refuse(outgoing, "an action that the test does not know");
    }
    for (const need of wanted.needs) {
      if (!rights.ask(role, need, "the function")) return refuse(outgoing, need.action);
    }
    if (wanted.schedule) askForSchedule(rights, wanted.schedule);
    await forward(incoming, outgoing, body, emulatorUrl, incoming.url ?? "/");
  });
}

/** What CloudFront does for the api Lambda: every path goes on to its function URL. */
export function openFrontDoor(functionUrl: string): Promise<Door> {
  const { origin, pathname } = new URL(functionUrl);
  return serve(async (incoming, outgoing) => {
    const body = await text(incoming);
    const path = `${pathname.replace(/\/$/, "")}${incoming.url ?? "/"}`;
    await forward(incoming, outgoing, body, origin, path);
  });
}

/**
 * What Scheduler does later by the schedule's role is asked for when the schedule is made, since the
 * emulator fires without looking at roles.
 */
export function askForSchedule(rights: Rights, { GroupName, Target }: ScheduleOrder): void {
  const role = Target.RoleArn.split("/").at(-1) ?? "";
  const [, , , region, account] = Target.Arn.split(":");
  const trusted = rights.trusts(role, "scheduler.amazonaws.com", {
    "aws:SourceAccount": account ?? "",
    "aws:SourceArn": `arn:aws:scheduler:${region}:${account}:schedule-group/${GroupName}`,
  });
  if (!trusted) {
    const by = "Scheduler, waking its target";
    rights.refusals.push({ role, action: "sts:AssumeRole", resource: Target.RoleArn, by });
    return;
  }
  const wake = { action: "lambda:InvokeFunction", resource: Target.Arn };
  rights.ask(role, wake, "Scheduler, waking its target");
  if (!Target.DeadLetterConfig) return;
  const putAside = { action: "sqs:SendMessage", resource: Target.DeadLetterConfig.Arn };
  rights.ask(role, putAside, "Scheduler, putting aside what it could not deliver");
}

function refuse(outgoing: ServerResponse, action: string): void {
  const type = "AccessDeniedException";
  outgoing.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": type });
  const message = `The role is not authorized to perform: ${action}`;
  outgoing.end(JSON.stringify({ __type: type, message, Message: message }));
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: string,
  origin: string,
  path: string,
): Promise<void> {
  const onward = httpRequest(new URL(path, origin), {
    method: incoming.method,
    headers: { ...incoming.headers, "content-length": Buffer.byteLength(body) },
    setHost: false,
  });
  onward.end(body);
  const [answer]: IncomingMessage[] = await once(onward, "response");
  if (!answer) throw new Error("The emulator did not answer.");
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
  await once(outgoing, "close");
}

async function serve(
  handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
): Promise<Door> {
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The door has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
