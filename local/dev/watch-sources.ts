import { watch, type FSWatcher } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export type SourceWatch = {
  /** Resolves when a call that is under way has ended. */
  stop: () => Promise<void>;
};

/** Editors save in several steps, and a checkout changes many files. */
const BURST_MS = 150;

/**
 * Calls back after source files in these folders changed, once for a burst and never twice at a
 * time. It watches folders, not files: those outlive an editor that replaces the file it saves.
 */
export async function watchSources(
  folders: readonly string[],
  onChange: () => Promise<void>,
): Promise<SourceWatch> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let isStopped = false;

  function hear(fileName: string | null): void {
    if (isStopped || !isSource(fileName)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(handle);
    }, BURST_MS);
  }

  async function handle(): Promise<void> {
    await watchAll();
    if (!isStopped) await onChange();
  }

  async function watchAll(): Promise<void> {
    const present = new Set((await Promise.all(folders.map(foldersIn))).flat());
    for (const [folder, watcher] of watchers) {
      if (!present.has(folder)) close(folder, watcher);
    }
    for (const folder of present) {
      if (isStopped || watchers.has(folder)) continue;
      const watcher = watch(folder, (_event, fileName) => hear(fileName));
      // A folder that is removed ends its watcher; the next look finds out.
      watcher.on("error", () => close(folder, watcher));
      watchers.set(folder, watcher);
    }
  }

  function close(folder: string, watcher: FSWatcher): void {
    watcher.close();
    watchers.delete(folder);
  }

  try {
    await watchAll();
  } catch (error) {
    for (const [folder, watcher] of watchers) close(folder, watcher);
    throw error;
  }
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      for (const [folder, watcher] of watchers) close(folder, watcher);
      await running;
    },
  };
}

/** A name without an ending may be a new folder. */
function isSource(fileName: string | null): boolean {
  if (fileName === null || !fileName.includes(".")) return true;
  return fileName.endsWith(".ts") && !fileName.endsWith(".test.ts");
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const inside = entries.filter((entry) => entry.isDirectory());
  return [folder, ...inside.map((entry) => join(entry.parentPath, entry.name))];
}
