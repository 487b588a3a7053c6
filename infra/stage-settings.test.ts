import { describe, expect, test } from "vitest";
import { SettingsError } from "#core/shared/errors.ts";
import { secretNames } from "./secret-names.ts";
import { readStageSettings } from "./stage-settings.ts";

const hermes = "HERMES_API_BASE_URL=https://hermes.example/v1\n";

function complaintOf(text: string): string {
  try {
    readStageSettings(".env.staging", text);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "";
}

describe("the plain settings of a stage", () => {
  test("are handed on as written, and what is empty counts as absent", () => {
    const settings = readStageSettings(
      ".env.staging",
      `${hermes}# a comment\nHERMES_PLACES=3\nWECHAT_BASE_URL=\nHUB_DOMAIN=hub.example\nLOG_LEVEL=WARN\nALARM_EMAIL=ops@hub.example\nMONTHLY_BUDGET_USD=50\n`,
    );
    expect(settings).toEqual({
      values: {
        HERMES_API_BASE_URL: "https://hermes.example/v1",
        HERMES_PLACES: "3",
        LOG_LEVEL: "WARN",
      },
      domain: "hub.example",
      hermesPlaces: 3,
      logLevel: "WARN",
      alarms: { email: "ops@hub.example", endpoint: undefined },
      monthlyBudgetUsd: 50,
    });
  });

  test("fall back to what the functions would take", () => {
    expect(readStageSettings(".env.staging", hermes)).toMatchObject({
      domain: undefined,
      hermesPlaces: 10,
      logLevel: "INFO",
    });
  });

  test("stop the deployment when one without a default is missing, and say where to write it", () => {
    const complaint = complaintOf("");
    expect(complaint).toContain("- HERMES_API_BASE_URL: is missing");
    expect(complaint).toContain(".env.staging");
  });

  test.each(Object.entries(secretNames))("may not hold the secret %s", (name, secret) => {
    const complaint = complaintOf(`${hermes}${name}=do-not-print-me\n`);
    expect(complaint).toContain(`- ${name}: is a secret`);
    expect(complaint).toContain(`sst secret set ${secret}`);
    expect(complaint).not.toContain("do-not-print-me");
  });

  test.each([
    ["MONTHLY_BUDGET_USD=much", "number"],
    ["ALARM_EMAIL=me", "write an e-mail address"],
    ["ALARM_ENDPOINT=http://hub.example", "https://"],
    ["AGENT_QUEUE_URL=https://sqs.example/queue", "follows from what is deployed"],
    ["SCHEDULE_GROUP=default", "follows from what is deployed"],
    ["HERMES_BASE_URL=https://hermes.example/v1", "there is no setting of this name"],
    ["HUB_DOMAIN=https://hub.example", "HUB_DOMAIN: "],
    ["POLL_PACK_SIZE=many", "POLL_PACK_SIZE: "],
    ["WECHAT_BASE_URL=http://127.0.0.1:3001", "which Lambda cannot reach"],
    ["HERMES_API_BASE_URL=http://host.docker.internal:8642/v1", "which Lambda cannot reach"],
  ])("stop the deployment at %s", (line, complaint) => {
    expect(complaintOf(`${hermes}${line}\n`)).toContain(complaint);
  });
});
