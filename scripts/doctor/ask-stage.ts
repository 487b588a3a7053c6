import { InvokeCommand, LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { findFunction, StageUnreachableError } from "../shared/find-function.ts";
import type { DoctorReport } from "./run-doctor.ts";

const Line = z.looseObject({ status: z.enum(["pass", "fail", "skipped"]) });
const Report = z.object({
  ok: z.boolean(),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  checks: z.array(Line.and(z.custom<DoctorReport["checks"][number]>())),
});

/** Has the stage's agent Lambda run the doctor inside. Throws StageUnreachableError. */
export async function askStage(
  stage: string,
  config: LambdaClientConfig = {},
): Promise<DoctorReport> {
  const client = new LambdaClient(config);
  try {
    const name = await findFunction(client, stage, "Agent");
    const Payload = Buffer.from(JSON.stringify({ do: "doctor" }));
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload }));
    const text = Buffer.from(answer.Payload ?? []).toString("utf8");
    const read = Report.safeParse(JSON.parse(text === "" ? "null" : text));
    if (read.success && answer.FunctionError === undefined) return read.data;
    throw new StageUnreachableError(
      `The agent Lambda ${name} could not start or gave no report. Its log says why: ` +
        `a setting or a secret is wrong, or the database cannot be reached.`,
    );
  } finally {
    client.destroy();
  }
}
