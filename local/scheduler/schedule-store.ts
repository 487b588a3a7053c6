import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { SchedulerError } from "./errors.ts";
import { Schedule, ScheduleGroup, type ScheduleSettings } from "./schedule.ts";

export type ScheduleKey = { groupName: string; name: string };

export type ScheduleStore = {
  all: () => Schedule[];
  groups: () => ScheduleGroup[];
  get: (key: ScheduleKey) => Schedule;
  getGroup: (name: string) => ScheduleGroup;
  create: (
    key: ScheduleKey,
    settings: ScheduleSettings,
    clientToken: string | undefined,
  ) => Schedule;
  update: (key: ScheduleKey, settings: ScheduleSettings) => Schedule;
  delete: (key: ScheduleKey) => void;
  createGroup: (name: string, clientToken: string | undefined) => void;
  /** Takes the group's schedules along, at once; the real one needs a while. */
  deleteGroup: (name: string) => void;
};

export const DEFAULT_GROUP = "default";
const DataFile = z.object({ groups: z.array(ScheduleGroup), schedules: z.array(Schedule) });

/**
 * Groups and schedules, kept in a JSON file when one is given. Every change is on disk before it
 * is answered: the hub believes that an accepted schedule is there.
 */
export function createScheduleStore(options: {
  dataFile?: string | undefined;
  now: () => number;
  onChange: (schedule: Schedule, change: "saved" | "deleted") => void;
}): ScheduleStore {
  const { dataFile, now, onChange } = options;
  const groups = new Map<string, ScheduleGroup>();
  const schedules = new Map<string, Schedule>();

  const save = () => {
    if (dataFile === undefined) return;
    const data = { groups: [...groups.values()], schedules: [...schedules.values()] };
    mkdirSync(path.dirname(dataFile), { recursive: true });
    writeFileSync(`${dataFile}.new`, JSON.stringify(data));
    renameSync(`${dataFile}.new`, dataFile);
  };
  const put = (schedule: Schedule) => {
    schedules.set(keyOf(schedule), schedule);
    save();
    onChange(schedule, "saved");
    return schedule;
  };
  const get = (key: ScheduleKey): Schedule => {
    const schedule = schedules.get(keyOf(key));
    if (schedule === undefined) throw notFound(`Schedule ${key.name}`);
    return schedule;
  };
  const getGroup = (name: string): ScheduleGroup => {
    const group = groups.get(name);
    if (group === undefined) throw notFound(`Schedule group ${name}`);
    return group;
  };

  if (dataFile !== undefined && existsSync(dataFile)) {
    const data = DataFile.parse(JSON.parse(readFileSync(dataFile, "utf8")));
    for (const group of data.groups) groups.set(group.name, group);
    for (const schedule of data.schedules) schedules.set(keyOf(schedule), schedule);
  }
  if (!groups.has(DEFAULT_GROUP))
    groups.set(DEFAULT_GROUP, { name: DEFAULT_GROUP, createdAtMs: now() });

  return {
    all: () => [...schedules.values()],
    groups: () => [...groups.values()],
    get,
    getGroup,
    create(key, settings, clientToken) {
      getGroup(key.groupName);
      const present = schedules.get(keyOf(key));
      if (present !== undefined && isRepeat(present, clientToken)) return present;
      if (present !== undefined) throw conflict(`Schedule ${key.name}`);
      return put({ ...key, settings, clientToken, createdAtMs: now(), changedAtMs: now() });
    },
    update: (key, settings) => put({ ...get(key), settings, changedAtMs: now() }),
    delete(key) {
      const schedule = get(key);
      schedules.delete(keyOf(key));
      save();
      onChange(schedule, "deleted");
    },
    createGroup(name, clientToken) {
      const present = groups.get(name);
      if (present !== undefined && isRepeat(present, clientToken)) return;
      if (present !== undefined) throw conflict(`Schedule group ${name}`);
      groups.set(name, { name, clientToken, createdAtMs: now() });
      save();
    },
    deleteGroup(name) {
      getGroup(name);
      if (name === DEFAULT_GROUP) {
        throw new SchedulerError("ValidationException", "The default group cannot be deleted.");
      }
      const members = [...schedules.values()].filter((schedule) => schedule.groupName === name);
      for (const member of members) schedules.delete(keyOf(member));
      groups.delete(name);
      save();
      for (const member of members) onChange(member, "deleted");
    },
  };
}

/** The SDK repeats a call with the same token when an answer got lost. */
function isRepeat(
  present: { clientToken?: string | undefined },
  token: string | undefined,
): boolean {
  return token !== undefined && present.clientToken === token;
}

function keyOf({ groupName, name }: ScheduleKey): string {
  return `${groupName}/${name}`;
}

function notFound(what: string): SchedulerError {
  return new SchedulerError("ResourceNotFoundException", `${what} does not exist.`);
}

function conflict(what: string): SchedulerError {
  return new SchedulerError("ConflictException", `${what} already exists.`);
}
