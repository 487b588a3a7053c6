import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type HttpDoor, openDoor, readBody, sendJson } from "#local/lambda/http.ts";
import { SchedulerError } from "./errors.ts";
import {
  groupArn,
  type Schedule,
  scheduleArn,
  type ScheduleGroup,
  ScheduleName,
  ScheduleSettings,
} from "./schedule.ts";
import { DEFAULT_GROUP, type ScheduleStore } from "./schedule-store.ts";

export type SchedulerApiOptions = {
  port: number;
  store: ScheduleStore;
  onRequest: (action: string) => void;
};

type Call = { store: ScheduleStore; name: string; query: URLSearchParams; body: unknown };
type Action = (call: Call) => object;

const ScheduleBody = z.object({
  GroupName: ScheduleName.default(DEFAULT_GROUP),
  ClientToken: z.string().optional(),
});
const GroupBody = z.object({ ClientToken: z.string().optional() });
const Page = z.object({
  NextToken: z.string().optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
});

const ACTIONS: Readonly<Record<string, [name: string, action: Action]>> = {
  "POST /schedules/": ["CreateSchedule", createSchedule],
  "GET /schedules/": ["GetSchedule", getSchedule],
  "PUT /schedules/": ["UpdateSchedule", updateSchedule],
  "DELETE /schedules/": ["DeleteSchedule", deleteSchedule],
  "GET /schedules": ["ListSchedules", listSchedules],
  "POST /schedule-groups/": ["CreateScheduleGroup", createGroup],
  "GET /schedule-groups/": ["GetScheduleGroup", getGroup],
  "DELETE /schedule-groups/": ["DeleteScheduleGroup", deleteGroup],
  "GET /schedule-groups": ["ListScheduleGroups", listGroups],
};

/** The REST door that `@aws-sdk/client-scheduler` talks to (reference/aws.md 1). */
export function serveSchedulerApi({
  port,
  store,
  onRequest,
}: SchedulerApiOptions): Promise<HttpDoor> {
  return openDoor(port, async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, resource = "", name] = url.pathname.split("/");
    const route = `${request.method} /${resource}${name === undefined ? "" : "/"}`;
    const headers = { "x-amzn-requestid": randomUUID() };
    const text = (await readBody(request)).toString("utf8");
    try {
      const [actionName, action] = ACTIONS[route] ?? [];
      if (actionName === undefined || action === undefined)
        throw invalid(`Unknown route ${route}.`);
      onRequest(actionName);
      const call = { store, name: decodeURIComponent(name ?? ""), query: url.searchParams };
      sendJson(
        response,
        200,
        action({ ...call, body: text === "" ? {} : JSON.parse(text) }),
        headers,
      );
    } catch (cause) {
      const error = toSchedulerError(cause);
      const errorHeaders = { ...headers, "x-amzn-errortype": error.code };
      sendJson(response, error.status, { Message: error.message }, errorHeaders);
    }
  });
}

function createSchedule({ store, name, body }: Call): object {
  const { GroupName, ClientToken } = ScheduleBody.parse(body);
  const key = { groupName: GroupName, name: ScheduleName.parse(name) };
  const schedule = store.create(key, ScheduleSettings.parse(body), ClientToken);
  return { ScheduleArn: scheduleArn(schedule) };
}

function updateSchedule({ store, name, body }: Call): object {
  const { GroupName } = ScheduleBody.parse(body);
  const schedule = store.update({ groupName: GroupName, name }, ScheduleSettings.parse(body));
  return { ScheduleArn: scheduleArn(schedule) };
}

function getSchedule({ store, name, query }: Call): object {
  const schedule = store.get({ groupName: query.get("groupName") ?? DEFAULT_GROUP, name });
  return {
    ...schedule.settings,
    Arn: scheduleArn(schedule),
    Name: schedule.name,
    GroupName: schedule.groupName,
    ...datesOf(schedule),
  };
}

function deleteSchedule({ store, name, query }: Call): object {
  store.delete({ groupName: query.get("groupName") ?? DEFAULT_GROUP, name });
  return {};
}

function listSchedules({ store, query }: Call): object {
  const groupName = query.get("ScheduleGroup");
  if (groupName !== null) store.getGroup(groupName);
  const state = query.get("State");
  const found = store
    .all()
    .filter((schedule) => groupName === null || schedule.groupName === groupName)
    .filter((schedule) => schedule.name.startsWith(query.get("NamePrefix") ?? ""))
    .filter((schedule) => state === null || schedule.settings.State === state);
  const { items, NextToken } = pageOf(
    found,
    query,
    ({ groupName: group, name }) => `${group}/${name}`,
  );
  return { Schedules: items.map(summaryOf), NextToken };
}

function createGroup({ store, name, body }: Call): object {
  store.createGroup(ScheduleName.parse(name), GroupBody.parse(body).ClientToken);
  return { ScheduleGroupArn: groupArn(name) };
}

function getGroup({ store, name }: Call): object {
  return groupOf(store.getGroup(name));
}

function deleteGroup({ store, name }: Call): object {
  store.deleteGroup(name);
  return {};
}

function listGroups({ store, query }: Call): object {
  const found = store
    .groups()
    .filter((group) => group.name.startsWith(query.get("NamePrefix") ?? ""));
  const { items, NextToken } = pageOf(found, query, (group) => group.name);
  return { ScheduleGroups: items.map(groupOf), NextToken };
}

/** The token names the last item given, so a page is right even when others come or go. */
function pageOf<T>(
  items: readonly T[],
  query: URLSearchParams,
  keyOf: (item: T) => string,
): { items: T[]; NextToken?: string } {
  const { NextToken, MaxResults } = Page.parse(Object.fromEntries(query));
  const after = NextToken === undefined ? "" : Buffer.from(NextToken, "base64url").toString("utf8");
  const sorted = items
    .filter((item) => keyOf(item) > after)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const page = sorted.slice(0, MaxResults);
  const last = page.at(-1);
  if (last === undefined || page.length === sorted.length) return { items: page };
  return { items: page, NextToken: Buffer.from(keyOf(last)).toString("base64url") };
}

function summaryOf(schedule: Schedule): object {
  return {
    Arn: scheduleArn(schedule),
    Name: schedule.name,
    GroupName: schedule.groupName,
    State: schedule.settings.State,
    Target: { Arn: schedule.settings.Target.Arn },
    ...datesOf(schedule),
  };
}

function groupOf({ name, createdAtMs }: ScheduleGroup): object {
  const dates = datesOf({ createdAtMs, changedAtMs: createdAtMs });
  return { Arn: groupArn(name), Name: name, State: "ACTIVE", ...dates };
}

function datesOf({
  createdAtMs,
  changedAtMs,
}: Pick<Schedule, "createdAtMs" | "changedAtMs">): object {
  return { CreationDate: createdAtMs / 1000, LastModificationDate: changedAtMs / 1000 };
}

function toSchedulerError(cause: unknown): SchedulerError {
  if (cause instanceof SchedulerError) return cause;
  if (cause instanceof z.ZodError) return invalid(z.prettifyError(cause));
  if (cause instanceof SyntaxError) return invalid("The request body is not JSON.");
  throw cause;
}

function invalid(message: string): SchedulerError {
  return new SchedulerError("ValidationException", message);
}
