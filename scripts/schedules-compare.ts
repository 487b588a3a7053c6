import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { findFunction, StageUnreachableError } from "./shared/find-function.ts";

/**
 * `npm run schedules:compare -- --stage X`: has the stage compare Scheduler with what its accounts want
 * now and mend both sides, which it does by itself once a day.
 */
const { values: options } = parseArgs({ options: { stage: { type: "string" } } });
const Compared = z.object({ missing: z.number(), unwanted: z.number() });

try {
  await compare(options.stage ?? "production");
} catch (error) {
  if (!(error instanceof StageUnreachableError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function compare(stage: string): Promise<void> {
  const client = new LambdaClient({});
  try {
    const name = await findFunction(client, stage, "Retry");
    const Payload = Buffer.from(JSON.stringify({ do: "compare_schedules" }));
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload }));
    const text = Buffer.from(answer.Payload ?? []).toString("utf8");
    if (answer.FunctionError !== undefined) {
      throw new StageUnreachableError(`The retry Lambda ${name} failed; its log says why.`);
    }
    const { missing, unwanted } = Compared.parse(JSON.parse(text));
    process.stdout.write(`${missing} schedules were missing and made, ${unwanted} removed.\n`);
  } finally {
    client.destroy();
  }
}
