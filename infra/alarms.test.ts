import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { metricNames } from "#core/telemetry/metrics.ts";
import { alarmDefinitions } from "./alarm-definitions.ts";
import { dashboardBody } from "./dashboard-body.ts";

const operations = await readFile(new URL("../docs/operations.md", import.meta.url), "utf8");
const runbooks = [...operations.matchAll(/^### `([a-z-]+)`\n\n([^#]+)/gm)];
const names = alarmDefinitions.map(({ name }) => name);

test("each alarm has a runbook of its own, and each runbook its alarm", () => {
  expect(runbooks.map(([, name]) => name).toSorted()).toEqual(names.toSorted());
});

test("a runbook says what it means, what to look at and what to do", () => {
  for (const [, name, text] of runbooks) {
    for (const part of ["Means:", "Look:", "Do:"]) expect(text, name).toContain(part);
  }
});

test("no two alarms share a name, and none can breach more often than it looks", () => {
  expect(new Set(names).size).toBe(names.length);
  for (const { name, breaching, periods } of alarmDefinitions) {
    expect(breaching, name).toBeGreaterThan(0);
    expect(breaching, name).toBeLessThanOrEqual(periods);
  }
});

test("the dashboard shows each metric of the hub once or more, and no other", () => {
  const lambdas = { poll: "p", agent: "a", retry: "r", api: "i" };
  const body = dashboardBody({ region: "us-east-1", stage: "staging", lambdas, alarmArns: [] });
  const shown = [...JSON.stringify(body).matchAll(/"ClawbotHub","(\w+)","stage","staging"/g)];
  expect([...new Set(shown.map(([, metric]) => metric))].toSorted()).toEqual(
    metricNames.toSorted(),
  );
});
