import type { FunctionLogLine } from "../lambda/host.ts";
import { readableLine } from "./log-line.ts";

export type FunctionOutput = {
  show: (line: FunctionLogLine) => void;
  /** Leaves out what the platform says of functions that we end on purpose. */
  quietly: <T>(work: () => Promise<T>) => Promise<T>;
  /** Shows nothing more: what functions say while the hub goes away is of no interest. */
  end: () => void;
};

/** What the functions say, readable, line by line. */
export function createFunctionOutput(say: (line: string) => void): FunctionOutput {
  let quiet = 0;
  let hasEnded = false;
  return {
    show(line) {
      if (hasEnded || (quiet > 0 && line.stream === "platform")) return;
      const readable = readableLine(line, new Date());
      if (readable !== null) say(readable);
    },
    async quietly(work) {
      quiet += 1;
      try {
        return await work();
      } finally {
        quiet -= 1;
      }
    },
    end() {
      hasEnded = true;
    },
  };
}
