import { parseArgs } from "node:util";

import { z } from "zod";

import { DEFAULT_API_KEY, startHermesSim } from "./server.ts";

const USAGE = `Usage: node local/hermes-sim/main.ts [--port 8642] [--control-port 8643]
       [--tunnel-port 8644] [--key KEY] [--release 0.19|0.20|0.21|newest]
The key comes from --key or API_SERVER_KEY, else it is ${DEFAULT_API_KEY}.
`;

const port = z.coerce.number().int().min(0).max(65_535);
const optionsSchema = z.object({
  port: port.default(8642),
  "control-port": port.default(8643),
  "tunnel-port": port.default(8644),
  key: z.string().min(1).optional(),
  release: z.enum(["0.19", "0.20", "0.21", "newest"]).default("0.20"),
});

const options = readOptions();
const apiKey = options.key ?? (process.env["API_SERVER_KEY"] || DEFAULT_API_KEY);
const sim = await startHermesSim({
  apiKey,
  port: options.port,
  controlPort: options["control-port"],
  tunnelPort: options["tunnel-port"],
  config: { release: options.release },
});
process.stdout.write(
  [
    "The Hermes stand-in runs.",
    `  API      ${sim.baseUrl}   (release ${options.release})`,
    `  key      ${apiKey === DEFAULT_API_KEY ? apiKey : "as given"}`,
    `  tunnel   ${sim.tunnel.baseUrl}`,
    `  page     ${sim.controlUrl}/`,
    "Stop it with Ctrl+C.",
    "",
  ].join("\n"),
);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    void sim.stop().then(() => process.exit(0));
  });

function readOptions(): z.output<typeof optionsSchema> {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string" },
        "control-port": { type: "string" },
        "tunnel-port": { type: "string" },
        key: { type: "string" },
        release: { type: "string" },
      },
    });
    return optionsSchema.parse(values);
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    process.stderr.write(`${reason}\n${USAGE}`);
    return process.exit(2);
  }
}
