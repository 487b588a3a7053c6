import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Figure } from "./report.ts";

const Sizes = z.object({
  bareMs: z.number(),
  report: z.array(
    z.object({
      name: z.string(),
      bytes: z.number(),
      zipKb: z.number(),
      startMs: z.number(),
      timesBare: z.number(),
    }),
  ),
});

/** Bundles and cold starts, as `npm run size` measures them: in processes of their own, taking turns. */
export async function run(): Promise<Figure[]> {
  const script = join(import.meta.dirname, "..", "scripts", "size.ts");
  // It ends with 1 where a limit is passed, which is a figure here.
  const measuring = spawn(process.execPath, [script, "--json", "--rounds", "5"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await text(measuring.stdout);
  const line = said.split("\n").find((each) => each.startsWith("{")) ?? "{}";
  const { bareMs, report } = Sizes.parse(JSON.parse(line));
  return [
    { name: "bare mongodb: import and first command", value: bareMs, unit: "ms" },
    ...report.flatMap(({ name, bytes, zipKb, startMs, timesBare }): Figure[] => [
      { name: `${name}: import and first event`, value: startMs, unit: "ms" },
      { name: `${name}: of bare mongodb`, value: timesBare, unit: "×", goal: { most: 2 } },
      {
        name: `${name}: zip`,
        value: zipKb,
        unit: "KB",
        goal: { most: 700 },
        note: `code ${Math.round(bytes / 1000)} KB`,
      },
    ]),
  ];
}
