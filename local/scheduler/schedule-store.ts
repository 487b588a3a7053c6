import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { SchedulerError } from "./errors.ts";
import { Schedule, ScheduleGroup, type ScheduleSettings } from "./schedule.ts";

export type ScheduleKey = { groupName: string; name: string };

export type ScheduleStoreOptions = {
  dataFile?: string | undefined;
  now: () => number;
  onChange: (schedule: Schedule, change: "saved" | "deleted") => void;
};

export const DEFAULT_GROUP = "default";
const DataFile = z.object({ groups: z.array(ScheduleGroup), schedules: z.array(Schedule) });

/**
 * Groups and schedules, kept in a JSON file when one is given. Every change is on disk before it
 * is answered: the hub believes that an accepted schedule is there.
 */
export class ScheduleStore {
  readonly #options: ScheduleStoreOptions;
  readonly #groups = new Map<string, ScheduleGroup>();
  readonly #schedules = new Map<string, Schedule>();

  constructor(options: ScheduleStoreOptions) {
    this.#options = options;
    const { dataFile, now } = options;
    if (dataFile !== undefined && existsSync(dataFile)) {
      const data = DataFile.parse(JSON.parse(readFileSync(dataFile, "utf8")));
      for (const group of data.groups) this.#groups.set(group.name, group);
      for (const schedule of data.schedules) this.#schedules.set(keyOf(schedule), schedule);
    }
    if (!this.#groups.has(DEFAULT_GROUP)) {
      this.#groups.set(DEFAULT_GROUP, { name: DEFAULT_GROUP, createdAtMs: now() });
    }
  }

  all(): Schedule[] {
    return [...this.#schedules.values()];
  }

  groups(): ScheduleGroup[] {
    return [...this.#groups.values()];
  }

  get(key: ScheduleKey): Schedule {
    const schedule = this.#schedules.get(keyOf(key));
    if (schedule === undefined) throw notFound(`Schedule ${key.name}`);
    return schedule;
  }

  getGroup(name: string): ScheduleGroup {
    const group = this.#groups.get(name);
    if (group === undefined) throw notFound(`Schedule group ${name}`);
    return group;
  }

  create(key: ScheduleKey, settings: ScheduleSettings, clientToken: string | undefined): Schedule {
    this.getGroup(key.groupName);
    const present = this.#schedules.get(keyOf(key));
    if (present !== undefined && isRepeat(present, clientToken)) return present;
    if (present !== undefined) throw conflict(`Schedule ${key.name}`);
    const now = this.#options.now();
    return this.#put({ ...key, settings, clientToken, createdAtMs: now, changedAtMs: now });
  }

  update(key: ScheduleKey, settings: ScheduleSettings): Schedule {
    return this.#put({ ...this.get(key), settings, changedAtMs: this.#options.now() });
  }

  delete(key: ScheduleKey): void {
    const schedule = this.get(key);
    this.#schedules.delete(keyOf(key));
    this.#save();
    this.#options.onChange(schedule, "deleted");
  }

  createGroup(name: string, clientToken: string | undefined): void {
    const present = this.#groups.get(name);
    if (present !== undefined && isRepeat(present, clientToken)) return;
    if (present !== undefined) throw conflict(`Schedule group ${name}`);
    this.#groups.set(name, { name, clientToken, createdAtMs: this.#options.now() });
    this.#save();
  }

  /** Takes the group's schedules along, at once; the real one needs a while. */
  deleteGroup(name: string): void {
    this.getGroup(name);
    if (name === DEFAULT_GROUP) {
      throw new SchedulerError("ValidationException", "The default group cannot be deleted.");
    }
    const members = this.all().filter((schedule) => schedule.groupName === name);
    for (const member of members) this.#schedules.delete(keyOf(member));
    this.#groups.delete(name);
    this.#save();
    for (const member of members) this.#options.onChange(member, "deleted");
  }

  #put(schedule: Schedule): Schedule {
    this.#schedules.set(keyOf(schedule), schedule);
    this.#save();
    this.#options.onChange(schedule, "saved");
    return schedule;
  }

  #save(): void {
    const { dataFile } = this.#options;
    if (dataFile === undefined) return;
    mkdirSync(path.dirname(dataFile), { recursive: true });
    writeFileSync(
      `${dataFile}.new`,
      JSON.stringify({ groups: this.groups(), schedules: this.all() }),
    );
    renameSync(`${dataFile}.new`, dataFile);
  }
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
