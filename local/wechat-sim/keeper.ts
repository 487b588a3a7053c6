import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { DataFileError } from "./data-file-error.ts";

/** Keeps a text in a file, so that the file is whole at any moment. */
export interface Keeper {
  /** The text will be written within a moment. */
  touch(): void;
  /** Resolves when the text as it is now is on disk, or could not be written. */
  flush(): Promise<void>;
  /** Writes for the last time. Throws DataFileError when that fails. */
  close(): Promise<void>;
}

const pauseMs = 200;

/** `text` gives what is to be in the file; asked whenever it may have changed. */
export function createKeeper(path: string, text: () => string): Keeper {
  let onDisk: string | null = null;
  let problem: DataFileError | null = null;
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  let waiting: Promise<void> | null = null;

  async function save(): Promise<void> {
    waiting = null;
    clearTimeout(timer);
    timer = undefined;
    const wanted = text();
    if (wanted === onDisk) return;
    try {
      await writeWhole(path, wanted);
      onDisk = wanted;
      problem = null;
    } catch (cause) {
      const isNew = problem === null;
      problem = unwritten(path, cause);
      // Whoever talks to the simulator goes on; what it kept so far is still in the file.
      if (isNew) process.emitWarning(problem.message);
    }
  }

  /** One write at a time; those who come while one is under way share the next. */
  function flush(): Promise<void> {
    waiting ??= last = last.then(save);
    return waiting;
  }

  return {
    flush,
    touch() {
      timer ??= setTimeout(() => void flush(), pauseMs);
    },
    async close() {
      await flush();
      if (problem) throw problem;
    },
  };
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

function unwritten(path: string, cause: unknown): DataFileError {
  const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new DataFileError(
    "data-file.unwritten",
    `The WeChat simulator cannot write ${path} (${why}). What happens now is in memory only and ` +
      "gone at the next start. Make room or set its rights; it tries again with every change.",
    { cause },
  );
}
