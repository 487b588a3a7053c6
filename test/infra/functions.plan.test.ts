import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { functionFigures } from "#infra/figures.ts";
import { settingNamesOf } from "#infra/function-slices.ts";
import { isSecretSetting, secretNames } from "#infra/secret-names.ts";
import { standInSecret } from "../../scripts/plan/evaluate.ts";
import { lambdaOf, planned, plans, shortName } from "./planned.ts";

const plan = plans.production;
const names = ["poll", "agent", "retry", "api"] as const;

test("each file of functions/ is deployed, and nothing else is", async () => {
  const files = await readdir(new URL("../../functions/", import.meta.url));
  const handlers = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `functions/${file.replace(/\.ts$/, ".handler")}`);
  const deployed = Object.values(plan.functions).map(({ handler }) => handler);
  expect(deployed.toSorted()).toEqual(handlers.toSorted());
});

describe.each(names)("%s", (name) => {
  const lambda = lambdaOf(plan, name);
  const { variables } = lambda.environment;

  test("has its figures, and takes no places from other functions of the AWS account", () => {
    const { memoryMb, timeoutSeconds } = functionFigures[name];
    expect(lambda).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      memorySize: memoryMb,
      timeout: timeoutSeconds,
    });
    expect(lambda.reservedConcurrentExecutions).toBeUndefined();
  });

  test("writes JSON lines of its own level into its own log", () => {
    expect(lambda.loggingConfig).toEqual({
      logFormat: "JSON",
      logGroup: `/aws/lambda/wechat-clawbot-hub-production-${name}-`,
      applicationLogLevel: "WARN",
      systemLogLevel: "WARN",
    });
    expect(variables["LOG_LEVEL"]).toBe("WARN");
  });

  test("is linked to the secrets that it reads and to no other", () => {
    const wanted = settingNamesOf(name)
      .filter(isSecretSetting)
      .map((setting) => secretNames[setting]);
    const linked = plan.functions[`${name[0]?.toUpperCase()}${name.slice(1)}`]?.links;
    expect(linked).toEqual(wanted.toSorted());
  });

  test("has in its environment only settings that it reads, and none that is secret", () => {
    const given = Object.keys(variables).filter((variable) => !variable.startsWith("SST_"));
    for (const variable of given) {
      expect(settingNamesOf(name)).toContain(variable);
      expect(isSecretSetting(variable), variable).toBe(false);
    }
  });
});

test("no secret's value shows anywhere in the plan", () => {
  const text = JSON.stringify(plan);
  for (const name of Object.values(secretNames)) expect(text).not.toContain(standInSecret(name));
});

test("a failed poll or retry is not repeated, and a late one is dropped", () => {
  const configured = planned(
    plan,
    "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    z.object({
      functionName: z.string(),
      maximumRetryAttempts: z.number(),
      maximumEventAgeInSeconds: z.number(),
    }),
  );
  const asynchronous = configured.map(({ inputs }) => shortName(inputs.functionName)).toSorted();
  expect(asynchronous).toEqual(["PollFunction", "RetryFunction"]);
  for (const { inputs } of configured) {
    expect(inputs).toMatchObject({ maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 });
  }
});
