import { alarms } from "./alarms.ts";
import { dashboardBody } from "./dashboard-body.ts";
import { agent, api, poll, retry } from "./functions.ts";
import { logGroups } from "./hub-function.ts";
import { savedQueries } from "./queries.ts";

export const dashboard = new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: `${$app.name}-${$app.stage}`,
  dashboardBody: $util
    .all([
      aws.getRegionOutput().name,
      $util.all([poll.name, agent.name, retry.name, api.name]),
      $util.all(alarms.map(({ arn }) => arn)),
    ])
    .apply(([region, [pollName, agentName, retryName, apiName], alarmArns]) =>
      JSON.stringify(
        dashboardBody({
          region,
          stage: $app.stage,
          lambdas: { poll: pollName, agent: agentName, retry: retryName, api: apiName },
          alarmArns,
        }),
      ),
    ),
});

export const searches = Object.entries(savedQueries).map(
  ([title, queryString]) =>
    new aws.cloudwatch.QueryDefinition(title.replaceAll(/[^A-Za-z]/g, ""), {
      name: `${$app.name}/${$app.stage}/${title}`,
      logGroupNames: Object.values(logGroups).map(({ name }) => name),
      queryString,
    }),
);
