import { alarmTopic } from "./alarms.ts";
import { stageSettings } from "./settings.ts";
import { stageOf } from "./stage.ts";

const { monthlyBudgetUsd } = stageSettings;
const { project } = stageOf($app.stage).tags;

/**
 * Over all stages of the hub in the AWS account, warned at 80 % spent and at 100 % foreseen. The tag
 * `project` must be active for billing (docs/deploy.md).
 */
export const budget =
  monthlyBudgetUsd === undefined
    ? undefined
    : new aws.budgets.Budget("Budget", {
        budgetType: "COST",
        limitAmount: `${monthlyBudgetUsd}`,
        limitUnit: "USD",
        timeUnit: "MONTHLY",
        costFilters: [
          {
            name: "TagKeyValue",
            values: [`user:project$${project}`],
          },
        ],
        notifications: [
          { notificationType: "ACTUAL", threshold: 80 },
          { notificationType: "FORECASTED", threshold: 100 },
        ].map((notification) => ({
          ...notification,
          thresholdType: "PERCENTAGE",
          comparisonOperator: "GREATER_THAN",
          subscriberSnsTopicArns: [alarmTopic.arn],
        })),
      });
