import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Reading /proc is cheap; elsewhere every look starts a process. */
const LOOK_EVERY_MS = process.platform === "linux" ? 200 : 1_000;

/**
 * V8's share of the memory, as Lambda's own start script sets it: the heap may take nine tenths,
 * so a function that leaks ends by its heap or by the whole, whichever comes first.
 */
export function heapArguments(memoryMb: number): string[] {
  return [
    `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * 0.05))}`,
  ];
}

/**
 * Calls back, once, when the process uses more than its function's memory. Node itself (45 MB
 * here, 60 to 70 there) counts: Lambda's limit is for everything in the sandbox, and a function
 * that fits here only because we forgive the runtime would be killed there.
 */
export function watchMemory(
  pid: number,
  memoryMb: number,
  onExceeded: (usedMb: number) => void,
): { stop: () => void } {
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  const stop = () => clearInterval(timer);
  const look = async () => {
    const usedMb = await residentMb(pid);
    if (usedMb <= memoryMb) return;
    stop();
    onExceeded(usedMb);
  };
  return { stop };
}

/** Resident memory in MB; 0 for a process that has just ended, or never started. */
async function residentMb(pid: number): Promise<number> {
  try {
    if (process.platform !== "linux") {
      const { stdout } = await run("ps", ["-o", "rss=", "-p", `${pid}`]);
      return Number(stdout) / 1024;
    }
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
