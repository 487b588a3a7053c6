import { describe, expect, test } from "vitest";
import { z } from "zod";
import { metricNames } from "#core/telemetry/metrics.ts";
import { alarmDefinitions } from "#infra/alarm-definitions.ts";
import { alarmInputs } from "#infra/alarm-inputs.ts";
import { lambdaOf, planned, plans, Queue } from "./planned.ts";

const plan = plans.production;
const Dimensions = z.record(z.string(), z.string());
const Alarm = z.looseObject({
  name: z.string(),
  metricName: z.string().optional(),
  namespace: z.string().optional(),
  dimensions: Dimensions.optional(),
  metricQueries: z
    .array(
      z.looseObject({
        metric: z
          .looseObject({ metricName: z.string(), namespace: z.string(), dimensions: Dimensions })
          .optional(),
      }),
    )
    .default([]),
  alarmActions: z.array(z.string()),
  okActions: z.array(z.string()),
});

const alarms = planned(plan, "cloudwatch/metricAlarm:MetricAlarm", Alarm);
const [topic] = planned(plan, "sns/topic:Topic", z.object({ displayName: z.string() }));
const queueNamed = (name: string) =>
  planned(plan, "sqs/queue:Queue", Queue).find((queue) => queue.name === `${name}Queue`)?.inputs
    .name ?? "";
const names = {
  stage: "production",
  lambdas: {
    poll: lambdaOf(plan, "poll").name,
    agent: lambdaOf(plan, "agent").name,
    retry: lambdaOf(plan, "retry").name,
    api: lambdaOf(plan, "api").name,
  },
  queues: {
    AgentQueue: queueNamed("AgentQueue"),
    ScheduleDeadLetters: queueNamed("ScheduleDeadLetters"),
  },
};

test("every alarm is planned as it is tested", () => {
  const wanted = alarmDefinitions.map((definition) => alarmInputs(definition, names));
  expect(alarms).toHaveLength(wanted.length);
  for (const one of wanted) {
    const found = alarms.find(({ inputs }) => inputs.name === one.name);
    expect(found?.inputs).toMatchObject(one);
  }
});

test("each alarm names metrics that the hub or AWS tells", () => {
  const ofAws = [
    "Errors",
    "Throttles",
    "ApproximateAgeOfOldestMessage",
    "ApproximateNumberOfMessagesVisible",
  ];
  for (const { inputs } of alarms) {
    const told = inputs.metricQueries.flatMap(({ metric }) => metric ?? []);
    const { metricName, namespace, dimensions } = inputs;
    if (metricName && namespace && dimensions) told.push({ metricName, namespace, dimensions });
    expect(told.length, inputs.name).toBeGreaterThan(0);
    for (const metric of told) {
      const known: readonly string[] = metric.namespace === "ClawbotHub" ? metricNames : ofAws;
      expect(known, inputs.name).toContain(metric.metricName);
      for (const value of Object.values(metric.dimensions))
        expect(value).toMatch(/^(production|wechat-clawbot-hub-production-)/);
    }
  }
});

test("each alarm tells the topic when it fires and when it is over", () => {
  const arn = `arn:aws:sns:us-east-1:000000000000:topic/${topic?.name}`;
  for (const { inputs } of alarms) {
    expect(inputs.alarmActions).toEqual([arn]);
    expect(inputs.okActions).toEqual([arn]);
  }
});

test("the topic reaches whom the stage's settings name", () => {
  const Subscription = z.object({ protocol: z.string(), endpoint: z.string() });
  const subscriptions = planned(plan, "sns/topicSubscription:TopicSubscription", Subscription);
  expect(subscriptions.map(({ inputs }) => inputs)).toEqual([
    expect.objectContaining({ protocol: "email", endpoint: "ops@hub.example" }),
  ]);
});

describe("what people look at", () => {
  test("a dashboard with every alarm on it", () => {
    const Body = z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.object({ widgets: z.array(z.looseObject({ type: z.string() })) }));
    const [dashboard] = planned(
      plan,
      "cloudwatch/dashboard:Dashboard",
      z.object({ dashboardBody: Body, dashboardName: z.string() }),
    );
    const text = JSON.stringify(dashboard?.inputs.dashboardBody);
    expect(dashboard?.inputs.dashboardBody.widgets[0]?.type).toBe("alarm");
    expect(text.match(/arn:aws:cloudwatch/g)).toHaveLength(alarms.length);
    expect(text).toContain(names.lambdas.poll);
  });

  test("saved searches over the logs of all functions", () => {
    const Query = z.object({ logGroupNames: z.array(z.string()), queryString: z.string() });
    const queries = planned(plan, "cloudwatch/queryDefinition:QueryDefinition", Query);
    expect(queries.length).toBeGreaterThan(5);
    for (const { inputs } of queries) expect(inputs.logGroupNames).toHaveLength(4);
  });
});

test("a budget is watched where the settings say how much may be spent", () => {
  const Budget = z.object({
    limitAmount: z.string(),
    notifications: z.array(
      z.object({ threshold: z.number(), subscriberSnsTopicArns: z.array(z.string()) }),
    ),
  });
  const [budget] = planned(plan, "budgets/budget:Budget", Budget);
  expect(budget?.inputs.limitAmount).toBe("50");
  expect(budget?.inputs.notifications.map(({ threshold }) => threshold)).toEqual([80, 100]);
});
