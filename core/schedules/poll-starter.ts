import type { LambdaClient } from "@aws-sdk/client-lambda";
import { whenFirstAsked } from "#core/shared/when-first-asked.ts";

/** Starts the poll Lambda at once instead of at the next scheduled minute. */
export type PollStarter = {
  /** Has a poll Lambda watch this login. Resolves when Lambda took the event, not when it ran. */
  watchLogin(loginId: string): Promise<void>;
};

export function createPollStarter(
  settings: { POLL_FUNCTION_ARN: string },
  given?: LambdaClient,
): PollStarter {
  const lambda = whenFirstAsked(async () => {
    const { InvokeCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
    return { InvokeCommand, client: given ?? new LambdaClient({}) };
  });
  return {
    async watchLogin(loginId) {
      const { InvokeCommand, client } = await lambda();
      await client.send(
        new InvokeCommand({
          FunctionName: settings.POLL_FUNCTION_ARN,
          InvocationType: "Event",
          Payload: Buffer.from(JSON.stringify({ loginId })),
        }),
      );
    },
  };
}
