import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { functionFigures } from "#infra/figures.ts";
import { awsError, awsFault, awsOptions, deadlineOf } from "./aws.ts";
import { inOrder, linesOf, type CheckLine } from "./check-line.ts";
import { settingOf, type DoctorContext } from "./context.ts";

type Attributes = Record<string, string>;

const { pass, fail, skip } = linesOf("queue");
const nameOf = (address: string) => address.split(/[/:]/).at(-1) ?? "";

/** The agent queue and its dead-letter queue: both there, FIFO, and fit for the agent Lambda. */
export async function checkQueues(context: DoctorContext): Promise<CheckLine[]> {
  const deadLetterUrl = settingOf(context.env, "DEAD_LETTER_QUEUE_URL");
  let agent: Attributes = {};
  const lines = await inOrder("queue", [
    {
      name: "agent",
      async run() {
        const found = await checkQueue(context, "agent", "AGENT_QUEUE_URL");
        agent = found.attributes;
        return found.line;
      },
    },
    { name: "visibility", run: () => checkVisibility(agent), goOn: "always" },
    { name: "redrive", run: () => checkRedrive(agent, deadLetterUrl) },
  ]);
  const deadLetters = await checkQueue(context, "dead-letters", "DEAD_LETTER_QUEUE_URL");
  return [...lines, deadLetters.line];
}

async function checkQueue(
  context: DoctorContext,
  name: string,
  setting: string,
): Promise<{ line: CheckLine; attributes: Attributes }> {
  const url = settingOf(context.env, setting);
  const none = {};
  if (url === undefined) {
    return { line: skip(name, `set ${setting}${hint}`), attributes: none };
  }
  const client = new SQSClient(awsOptions(context.env, "SQS", url));
  try {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
    const { Attributes: attributes = none } = await client.send(command, deadlineOf(context));
    return { line: judge(name, nameOf(url), attributes), attributes };
  } catch (error) {
    const line = fail(name, awsFault(error), `${nameOf(url)}: ${awsError(error)}`);
    return { line, attributes: none };
  } finally {
    client.destroy();
  }
}

const hint = " and AWS_ENDPOINT_URL_SQS for npm run dev's; a deployment sets it itself";

function judge(name: string, queue: string, attributes: Attributes): CheckLine {
  if (attributes["FifoQueue"] !== "true")
    return fail(name, "queue_not_fifo", `${queue} is standard`);
  const waiting = attributes["ApproximateNumberOfMessages"] ?? "0";
  return pass(name, `${queue} is there and FIFO, ${waiting} waiting`);
}

function checkVisibility(agent: Attributes): CheckLine {
  const visibilitySeconds = Number(agent["VisibilityTimeout"]);
  const { timeoutSeconds } = functionFigures.agent;
  const seen = `visible again after ${visibilitySeconds} s; the agent Lambda may take ${timeoutSeconds} s`;
  return visibilitySeconds > timeoutSeconds
    ? pass("visibility", seen)
    : fail("visibility", "queue_visibility_short", seen);
}

function checkRedrive(agent: Attributes, deadLetterUrl: string | undefined): CheckLine {
  const policy = agent["RedrivePolicy"];
  if (policy === undefined) {
    return fail("redrive", "queue_without_dead_letters", "the agent queue has no redrive policy");
  }
  const target = /"deadLetterTargetArn"\s*:\s*"([^"]+)"/.exec(policy)?.[1] ?? "";
  const tries = /"maxReceiveCount"\s*:\s*"?(\d+)/.exec(policy)?.[1] ?? "?";
  const seen = `after ${tries} tries to ${nameOf(target)}`;
  const isSame = deadLetterUrl === undefined || nameOf(target) === nameOf(deadLetterUrl);
  return isSame
    ? pass("redrive", seen)
    : fail("redrive", "queue_without_dead_letters", `${seen}, not to DEAD_LETTER_QUEUE_URL`);
}
