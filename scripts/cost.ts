import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { costPage } from "./cost/page.ts";

/**
 * `npm run cost -- [--meter]`: writes docs/cost.md from the metered figures; with `--meter` it takes
 * these anew on a local hub first.
 */
const { values: options } = parseArgs({ options: { meter: { type: "boolean", default: false } } });
const figures = join(import.meta.dirname, "cost", "metered.json");
const Figures = z.object({
  at: z.string(),
  messages: z.number(),
  agentBilledMs: z.number(),
  queueRequests: z.number(),
  logBytes: z.number(),
});

if (options.meter) {
  const { meterMessages } = await import("./cost/meter-messages.ts");
  await writeFile(figures, `${JSON.stringify(await meterMessages(20), null, 2)}\n`);
}
const metered = Figures.parse(JSON.parse(await readFile(figures, "utf8")));
await writeFile(join(import.meta.dirname, "..", "docs", "cost.md"), costPage(metered));
