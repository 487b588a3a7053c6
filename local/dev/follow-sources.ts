import { join } from "node:path";
import { PollEvent } from "#core/polling/poller.ts";
import { buildFunctions, bundlePath, functionNames } from "../build-functions.ts";
import type { Hub } from "../hub.ts";
import type { FunctionOutput } from "./function-output.ts";
import { createRebuild } from "./rebuild.ts";
import { wakeAll, type Waking } from "./wake-schedules.ts";
import { watchSources, type SourceWatch } from "./watch-sources.ts";
import { freePollers, listPollers } from "./workers.ts";

const root = join(import.meta.dirname, "..", "..");
const sourceFolders = ["core", "functions", "infra"].map((name) => join(root, name));

/**
 * Builds the functions anew when their source changes. Pollers, which are at work for minutes, are
 * replaced at once where `ownsPollers` says that all there are run here. Gives null where the system
 * lets nobody watch.
 */
export async function followSources(
  hub: Hub,
  options: { ownsPollers: boolean; output: FunctionOutput; say: (line: string) => void },
): Promise<SourceWatch | null> {
  const { ownsPollers, output, say } = options;
  const rebuild = await createRebuild({
    host: hub.host,
    build: buildFunctions,
    bundles: Object.fromEntries(functionNames.map((name) => [name, bundlePath(name)])),
    afterRebuild: async (name) => {
      if (name === "poll" && ownsPollers) await output.quietly(() => replacePollers(hub));
    },
    say,
  });
  const rebuildOrSay = async () => {
    try {
      await rebuild();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`✗ What was built anew is not in use (${why}): stop and start again.`);
    }
  };
  try {
    return await watchSources(sourceFolders, rebuildOrSay);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code !== "ENOSPC" && code !== "EMFILE") throw error;
    say(`! The sources cannot be watched (${code}): stop and start again after an edit.`);
    return null;
  }
}

/** The next poller goes on at once, from what is stored: to a poller it is as if the other had died. */
export async function replacePollers({
  host,
  db,
  scheduler,
}: {
  host: Pick<Hub["host"], "kill">;
  db: Hub["db"];
  scheduler: Waking;
}): Promise<void> {
  // Only those of before the kill: a poller that starts meanwhile has its accounts by right.
  const pollers = await listPollers(db);
  await host.kill("poll", ({ event }) => "accountId" in (PollEvent.safeParse(event).data ?? {}));
  await freePollers(db, pollers);
  wakeAll(scheduler);
}
