import { describe, expect, test } from "vitest";
import { readEnvironment } from "./environment.ts";

const read = (source: Record<string, string>, envFile: Record<string, string> = {}) =>
  readEnvironment(source, envFile);

describe("the settings of npm run dev", () => {
  test("are none that anybody has to make", () => {
    expect(read({ PATH: "/bin", MONGODB_URI: "", HERMES_API_KEY: "" })).toEqual({
      settings: {},
      databaseUri: null,
      databaseName: "clawbot_hub",
      notes: [],
    });
  });

  test("name the parts to use instead of its own", () => {
    const hermes = { HERMES_API_BASE_URL: "https://h.example/v1", HERMES_API_KEY: "k" };
    const source = { ...hermes, MONGODB_URI: "mongodb://h:1/", MONGODB_DATABASE: "mine" };
    expect(read({ ...source, PUBLIC_URL: "http://x" })).toEqual({
      settings: { ...hermes, PUBLIC_URL: "http://x" },
      databaseUri: "mongodb://h:1/",
      databaseName: "mine",
      notes: [],
    });
  });

  test("that are wrong are all named with what to write, and never shown", () => {
    const source = {
      HERMES_API_BASE_URL: "http://127.0.0.1:8642",
      API_TOKEN: "s3cr3t",
      POLL_PACK_SIZE: "many",
      AGENT_QUEUE_URL: "http://queue",
    };
    expect(() => read(source)).toThrow(
      expect.objectContaining({
        code: "dev.settings_wrong",
        message: expect.stringMatching(
          /^(?!.*s3cr3t)[^]*POLL_PACK_SIZE: [^]*HERMES_API_BASE_URL: end it in \/v1[^]*API_TOKEN: write [^]*HERMES_API_KEY: is missing[^]*AGENT_QUEUE_URL: npm run dev makes this part itself/,
        ),
      }),
    );
  });

  test.each([
    ["mongodb+srv://u:p@cluster.example/"],
    ["mongodb://a:1,b:2/?replicaSet=r"],
    ["mongodb://a:1/?tls=true"],
  ])("take the MongoDB %s as it is", (MONGODB_URI) => {
    expect(read({ MONGODB_URI }).databaseUri).toBe(MONGODB_URI);
  });

  test("as .env.example has them are right", () => {
    expect(read({ SCHEDULE_GROUP: "default" }).settings).toEqual({ SCHEDULE_GROUP: "default" });
    expect(() => read({ SCHEDULE_GROUP: "mine" })).toThrow(/SCHEDULE_GROUP/);
  });

  test("lose a Hermes key that belongs to no Hermes, and say so", () => {
    const { settings, notes } = read({ HERMES_API_KEY: "k" });
    expect(settings).toEqual({});
    expect(notes).toEqual([expect.stringContaining("HERMES_API_BASE_URL is not")]);
  });

  test("say which names in .env mean nothing", () => {
    const { notes } = read({}, { HERMES_URL: "x", HERMES_MODEL: "y" });
    expect(notes).toEqual([expect.stringContaining("HERMES_URL in .env is no setting")]);
  });
});
