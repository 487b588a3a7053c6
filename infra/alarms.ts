import { alarmDefinitions } from "./alarm-definitions.ts";
import { alarmInputs } from "./alarm-inputs.ts";
import { agent, api, poll, retry } from "./functions.ts";
import { agentQueue, scheduleDeadLetters } from "./queues.ts";
import { stageSettings } from "./settings.ts";

/** Where alarms and the budget go; who hears them is the stage's settings. */
export const alarmTopic = new aws.sns.Topic("Alarms", {
  displayName: `WeChat ClawBot Hub ${$app.stage}`,
});

export const alarmTopicPolicy = new aws.sns.TopicPolicy("AlarmsPolicy", {
  arn: alarmTopic.arn,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"].map((service) => ({
      actions: ["sns:Publish"],
      resources: [alarmTopic.arn],
      principals: [{ type: "Service", identifiers: [service] }],
      conditions: [
        {
          test: "StringEquals",
          variable: "aws:SourceAccount",
          values: [aws.getCallerIdentityOutput().accountId],
        },
      ],
    })),
  }).json,
});

export const listeners = [
  { name: "AlarmsByEmail", protocol: "email", endpoint: stageSettings.alarms.email },
  { name: "AlarmsByWebhook", protocol: "https", endpoint: stageSettings.alarms.endpoint },
].flatMap(({ name, protocol, endpoint }) =>
  endpoint === undefined
    ? []
    : new aws.sns.TopicSubscription(name, { topic: alarmTopic.arn, protocol, endpoint }),
);

const names = {
  stage: $app.stage,
  lambdas: { poll: poll.name, agent: agent.name, retry: retry.name, api: api.name },
  queues: {
    AgentQueue: agentQueue.nodes.queue.name,
    ScheduleDeadLetters: scheduleDeadLetters.nodes.queue.name,
  },
};

export const alarms = alarmDefinitions.map(
  (definition) =>
    new aws.cloudwatch.MetricAlarm(titleOf(definition.name), {
      ...alarmInputs(definition, names),
      alarmActions: [alarmTopic.arn],
      okActions: [alarmTopic.arn],
    }),
);

/** `poll-gap` as Pulumi names things: PollGapAlarm. */
function titleOf(name: string): string {
  const words = name.split("-").map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Alarm`;
}
