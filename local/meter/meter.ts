export type InvocationOutcome = "success" | "error" | "timeout" | "out_of_memory" | "killed";

/** What one function cost so far. Billed time is in whole milliseconds and includes the init. */
export type FunctionUsage = {
  invocations: number;
  coldStarts: number;
  outcomes: Record<InvocationOutcome, number>;
  throttles: number;
  /** Asynchronous events given up: too old, or out of retries. */
  droppedEvents: number;
  billedMs: number;
  gbSeconds: number;
  maxMemoryUsedMb: number;
};

export type DatabaseUsage = {
  /** Whose connection it was: the label given to the proxy. */
  label: string;
  /** The command's name, or "connection" for hello, ping, logins and the like. */
  command: string;
  collection: string;
  comment?: string;
  count: number;
};

/** Everything counted since the start, as plain JSON. */
export type MeterSnapshot = {
  functions: Record<string, FunctionUsage>;
  /** Requests by SQS action. */
  queueRequests: Record<string, number>;
  scheduler: { invocations: number; requests: Record<string, number> };
  database: DatabaseUsage[];
};

export type InvocationRecord = {
  functionName: string;
  memoryMb: number;
  outcome: InvocationOutcome;
  coldStart: boolean;
  initMs: number;
  durationMs: number;
  memoryUsedMb: number;
};

export type Meter = {
  invocation: (record: InvocationRecord) => void;
  throttle: (functionName: string) => void;
  droppedEvent: (functionName: string) => void;
  queueRequest: (action: string) => void;
  schedulerRequest: (action: string) => void;
  schedulerInvocation: () => void;
  databaseCommand: (command: Omit<DatabaseUsage, "count">) => void;
  snapshot: () => MeterSnapshot;
};

/** Counts what AWS would bill, and what the database is asked (reference/aws.md 1-3). */
export function createMeter(): Meter {
  const functions = new Map<string, FunctionUsage>();
  const queueRequests = new Map<string, number>();
  const schedulerRequests = new Map<string, number>();
  const database = new Map<string, DatabaseUsage>();
  let schedulerInvocations = 0;

  const usageOf = (functionName: string): FunctionUsage => {
    const usage = functions.get(functionName) ?? noUsage();
    functions.set(functionName, usage);
    return usage;
  };

  return {
    invocation: (record) => addInvocation(usageOf(record.functionName), record),
    throttle: (functionName) => void usageOf(functionName).throttles++,
    droppedEvent: (functionName) => void usageOf(functionName).droppedEvents++,
    queueRequest: (action) => increase(queueRequests, action),
    schedulerRequest: (action) => increase(schedulerRequests, action),
    schedulerInvocation: () => void schedulerInvocations++,
    databaseCommand(command) {
      const key = databaseKey(command);
      const usage = database.get(key) ?? { ...command, count: 0 };
      usage.count++;
      database.set(key, usage);
    },
    snapshot: () =>
      structuredClone({
        functions: Object.fromEntries(functions),
        queueRequests: Object.fromEntries(queueRequests),
        scheduler: {
          invocations: schedulerInvocations,
          requests: Object.fromEntries(schedulerRequests),
        },
        database: [...database.values()],
      }),
  };
}

/** What was used between two snapshots. `maxMemoryUsedMb` is the later one's: it has no difference. */
export function diff(before: MeterSnapshot, after: MeterSnapshot): MeterSnapshot {
  const earlier = new Map(before.database.map((usage) => [databaseKey(usage), usage.count]));
  return {
    functions: Object.fromEntries(
      Object.entries(after.functions).map(([name, usage]) => [
        name,
        subtractUsage(usage, before.functions[name] ?? noUsage()),
      ]),
    ),
    queueRequests: subtractCounts(after.queueRequests, before.queueRequests),
    scheduler: {
      invocations: after.scheduler.invocations - before.scheduler.invocations,
      requests: subtractCounts(after.scheduler.requests, before.scheduler.requests),
    },
    database: after.database
      .map((usage) => ({ ...usage, count: usage.count - (earlier.get(databaseKey(usage)) ?? 0) }))
      .filter((usage) => usage.count > 0),
  };
}

function addInvocation(usage: FunctionUsage, record: InvocationRecord): void {
  const billedMs = Math.ceil(record.initMs + record.durationMs);
  usage.invocations++;
  usage.outcomes[record.outcome]++;
  if (record.coldStart) usage.coldStarts++;
  usage.billedMs += billedMs;
  usage.gbSeconds += (billedMs / 1000) * (record.memoryMb / 1024);
  usage.maxMemoryUsedMb = Math.max(usage.maxMemoryUsedMb, record.memoryUsedMb);
}

function noUsage(): FunctionUsage {
  return {
    invocations: 0,
    coldStarts: 0,
    outcomes: { success: 0, error: 0, timeout: 0, out_of_memory: 0, killed: 0 },
    throttles: 0,
    droppedEvents: 0,
    billedMs: 0,
    gbSeconds: 0,
    maxMemoryUsedMb: 0,
  };
}

function subtractUsage(after: FunctionUsage, before: FunctionUsage): FunctionUsage {
  const outcome = (name: InvocationOutcome) => after.outcomes[name] - before.outcomes[name];
  return {
    invocations: after.invocations - before.invocations,
    coldStarts: after.coldStarts - before.coldStarts,
    outcomes: {
      success: outcome("success"),
      error: outcome("error"),
      timeout: outcome("timeout"),
      out_of_memory: outcome("out_of_memory"),
      killed: outcome("killed"),
    },
    throttles: after.throttles - before.throttles,
    droppedEvents: after.droppedEvents - before.droppedEvents,
    billedMs: after.billedMs - before.billedMs,
    gbSeconds: after.gbSeconds - before.gbSeconds,
    maxMemoryUsedMb: after.maxMemoryUsedMb,
  };
}

function subtractCounts(
  after: Record<string, number>,
  before: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]): [string, number] => [name, count - (before[name] ?? 0)])
      .filter(([, count]) => count > 0),
  );
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function databaseKey({
  label,
  command,
  collection,
  comment,
}: Omit<DatabaseUsage, "count">): string {
  return JSON.stringify([label, command, collection, comment]);
}
