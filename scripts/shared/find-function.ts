import { paginateListFunctions, type LambdaClient } from "@aws-sdk/client-lambda";

/** The stage is not there, or its Lambda could not be asked; the message says what to do. */
export class StageUnreachableError extends Error {
  override name = "StageUnreachableError";
}

/** The name that AWS knows one of the stage's functions by. Throws StageUnreachableError. */
export async function findFunction(
  client: LambdaClient,
  stage: string,
  title: "Agent" | "Retry",
): Promise<string> {
  const prefix = `wechat-clawbot-hub-${stage}-${title}`;
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    const found = Functions.find(({ FunctionName }) => FunctionName?.startsWith(prefix));
    if (found?.FunctionName) return found.FunctionName;
  }
  throw new StageUnreachableError(
    `There is no stage ${stage} in this AWS account and region. Deploy it: npm run deploy -- --stage ${stage}`,
  );
}
