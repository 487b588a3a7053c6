import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { startScheduler, type Scheduler } from "#local/scheduler/scheduler.ts";

/** EventBridge Scheduler on a free port, with a client of the real SDK. */
export type TestScheduler = Scheduler & {
  client: SchedulerClient;
  /** What was woken, and with what. */
  woken: { name: string; event: unknown }[];
};

export async function startTestScheduler(): Promise<TestScheduler> {
  const woken: TestScheduler["woken"] = [];
  const scheduler = await startScheduler({
    host: {
      invokeAsync(name, event) {
        woken.push({ name, event });
        return { requestId: "r" };
      },
    },
  });
  const client = schedulerClient(scheduler.endpoint);
  return {
    ...scheduler,
    client,
    woken,
    async stop() {
      client.destroy();
      await scheduler.stop();
    },
  };
}

export function schedulerClient(endpoint: string): SchedulerClient {
  return new SchedulerClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
}
