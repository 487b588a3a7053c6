import type { Db } from "mongodb";
import type { Deps } from "#core/shared/deps.ts";
import { createTypingTickets, type TypingTickets } from "#core/sending/typing-tickets.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { settingSlices, type SliceName } from "#core/settings/settings.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { idMaker } from "#core/shared/ids.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";

/** Settings that every test may start from. */
export const testSettings = {
  MONGODB_URI: "mongodb://127.0.0.1:1",
  CREDENTIAL_KEY: `k1:${Buffer.alloc(32, 7).toString("base64")}`,
  AGENT_QUEUE_URL: "http://127.0.0.1:1/queue/AgentQueue.fifo",
  DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/queue/AgentDeadLetters.fifo",
  SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/schedules",
  POLL_FUNCTION_ARN: "arn:aws:lambda:us-east-1:000000000000:function:poll",
  HERMES_API_BASE_URL: "http://127.0.0.1:1/v1",
  HERMES_API_KEY: "test-key-of-hermes-0",
  API_TOKEN: "test-token-of-24-characters",
} as const;

const allSlices = Object.keys(settingSlices).filter(
  (name): name is SliceName => name in settingSlices,
);

export type TestDeps = Deps<SliceName> & {
  clock: TestClock;
  /** Every log line, as one JSON text each. */
  logLines: string[];
  /** Every line of metrics that was told. */
  metricLines: string[];
  /** Jobs that were pushed, oldest first. */
  jobs: NewJob[];
  typingTickets: TypingTickets;
  queue: { push(jobs: readonly NewJob[]): Promise<void>; delay(): Promise<void> };
};

/** What a use case stands on, with a clock that the test moves and a queue that only remembers. */
export function testDeps(db: Db, settings: Record<string, string> = {}): TestDeps {
  const clock = createTestClock();
  const logLines: string[] = [];
  const metricLines: string[] = [];
  const jobs: NewJob[] = [];
  const write =
    (level: string) =>
    (event: string, fields: object = {}) => {
      logLines.push(JSON.stringify({ level, event, ...fields }));
    };
  return {
    db,
    clock,
    logLines,
    metricLines,
    measure: createMeasure({
      stage: "test",
      level: "INFO",
      clock,
      write: (line) => metricLines.push(line),
    }),
    jobs,
    typingTickets: createTypingTickets(clock),
    queue: {
      async push(pushed) {
        jobs.push(...pushed);
      },
      async delay() {},
    },
    newId: idMaker(() => clock.now()),
    random: () => 0.5,
    settings: readSettings(allSlices, { ...testSettings, ...settings }),
    log: {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    },
  };
}
