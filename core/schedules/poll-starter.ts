import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

/** Starts the poll Lambda at once instead of at the next scheduled minute. */
export type PollStarter = {
  /** Has a poll Lambda watch this login. Resolves when Lambda took the event, not when it ran. */
  watchLogin(loginId: string): Promise<void>;
};

export function createPollStarter(
  settings: { POLL_FUNCTION_ARN: string },
  client: LambdaClient = new LambdaClient({}),
): PollStarter {
  return {
    async watchLogin(loginId) {
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
