import { z } from "zod";
import type { FunctionName } from "#infra/figures.ts";
import { functionNames } from "#local/build-functions.ts";
import { during } from "./hermes-faults.ts";
import { mostAtOnce, type SoakHub } from "./soak-hub.ts";
import type { Fault, Trouble } from "./trouble.ts";

const JobEvent = z.object({ Records: z.array(z.object({ messageId: z.string() })) });

/** Instances killed, functions throttled. */
export function lambdaFaults(hub: SoakHub, trouble: Trouble): Fault[] {
  return functionNames.flatMap((name): Fault[] => [
    { kind: `lambda: ${name} killed`, strike: () => killOne(hub, trouble, name) },
    {
      kind: `lambda: ${name} throttled`,
      strike: () => {
        const throttle = (most: number) => hub.host.throttle(name, most);
        return during(
          trouble,
          () => throttle(0),
          () => throttle(mostAtOnce),
        );
      },
    },
  ]);
}

/** What the functions stand on: database, queue, scheduler. */
export function groundFaults(hub: SoakHub, trouble: Trouble): Fault[] {
  const { losesDeletion, scheduler } = hub;
  const loses = (messageIds: readonly string[]) => {
    const isLost = trouble.random() < 0.5;
    if (isLost) trouble.hinder(messageIds);
    return isLost;
  };
  return [
    ...functionNames.map((name): Fault => ({
      kind: `database: connections of ${name} cut`,
      strike: () => {
        hinderJobs(hub, trouble);
        return hub.cutDatabase(name) > 0;
      },
    })),
    {
      kind: "queue: jobs given out again",
      strike: () =>
        during(
          trouble,
          () => void (losesDeletion.decide = loses),
          () => void (losesDeletion.decide = () => false),
        ),
    },
    {
      kind: "scheduler: three ticks of a bot at once",
      strike: () => fire(hub, trouble, (name) => name.startsWith("poll-"), 3),
    },
    {
      kind: "scheduler: two ticks of retry at once",
      strike: () => fire(hub, trouble, (name) => name === "retry", 2),
    },
    {
      kind: "scheduler: a tick for every bot at once",
      strike: () => {
        for (const { name } of scheduler.schedules()) scheduler.fire(name);
      },
    },
  ];
}

async function killOne(hub: SoakHub, trouble: Trouble, name: FunctionName): Promise<boolean> {
  // Of the pollers the one that has been at work longest, since others only look and go.
  const running = hub.host.running(name).toSorted((a, b) => +a.startedAt - +b.startedAt);
  const victim = name === "poll" ? running[0] : trouble.pick(running);
  if (!victim) return false;
  if (name === "poll") trouble.pollKills.push(Date.now());
  trouble.hinder(jobsOf(victim.event));
  return (await hub.host.kill(name, ({ requestId }) => requestId === victim.requestId)) > 0;
}

/** Jobs that are at work now may fail by what we do. */
function hinderJobs({ host }: SoakHub, trouble: Trouble): void {
  for (const { event } of host.running("agent")) trouble.hinder(jobsOf(event));
}

function jobsOf(event: unknown): string[] {
  const jobs = JobEvent.safeParse(event);
  return jobs.success ? jobs.data.Records.map(({ messageId }) => messageId) : [];
}

function fire(
  { scheduler }: SoakHub,
  trouble: Trouble,
  matches: (name: string) => boolean,
  times: number,
): boolean {
  const schedule = trouble.pick(scheduler.schedules().filter(({ name }) => matches(name)));
  if (!schedule) return false;
  for (let n = 0; n < times; n++) scheduler.fire(schedule.name);
  return true;
}
