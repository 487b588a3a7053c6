import { beforeEach, expect, test } from "vitest";
import { createTestClock } from "#test/test-clock.ts";
import { createMeasure, type Measure } from "./measure.ts";
import { metricNames, metrics } from "./metrics.ts";

const clock = createTestClock();
let lines: string[];
let measure: Measure;
beforeEach(() => {
  lines = [];
  measure = createMeasure({
    stage: "staging",
    level: "WARN",
    clock,
    write: (line) => lines.push(line),
  });
});

test("an invocation tells all it measured in one line of CloudWatch's embedded format", () => {
  measure.count("MessagesIn", 2);
  measure.count("MessagesIn");
  measure.note("AnswerSeconds", 1.5);
  measure.note("AnswerSeconds", 4);
  measure.flush();
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: clock.now().getTime(),
        CloudWatchMetrics: [
          {
            Namespace: "ClawbotHub",
            Dimensions: [["stage"]],
            Metrics: [
              { Name: "MessagesIn", Unit: "Count" },
              { Name: "AnswerSeconds", Unit: "Seconds" },
            ],
          },
        ],
      },
      level: "WARN",
      stage: "staging",
      MessagesIn: 3,
      AnswerSeconds: [1.5, 4],
    },
  ]);
});

test("a second invocation begins from nothing, and one that measured nothing says nothing", () => {
  measure.count("MessagesIn");
  measure.flush();
  measure.flush();
  measure.count("AnswersSent");
  measure.flush();
  expect(lines).toHaveLength(2);
  expect(lines[1]).not.toContain("MessagesIn");
});

test("more values than one line takes stay one line", () => {
  for (let value = 0; value < 300; value++) measure.note("HermesSeconds", value);
  measure.flush();
  expect(lines).toHaveLength(1);
});

test("all metrics together stay below ten dollars a month and stage", () => {
  expect(metricNames).toHaveLength(Object.keys(metrics).length);
  // $0.30 each (reference/aws.md 5).
  expect(metricNames.length * 0.3).toBeLessThanOrEqual(10);
});
