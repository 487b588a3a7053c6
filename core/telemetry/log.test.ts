import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MongoServerError } from "mongodb";
import { RequestError } from "#core/shared/errors.ts";
import { createLog } from "./log.ts";

const secret = "bot-token-s3cr3t";

let written: string[] = [];
const streams = [process.stdout, process.stderr].map((stream) => ({
  stream,
  write: stream.write.bind(stream),
}));
beforeEach(() => {
  written = [];
  const keep = (chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  };
  for (const { stream } of streams) stream.write = keep;
});
afterEach(() => {
  for (const { stream, write } of streams) stream.write = write;
});

function lines(): Record<string, unknown>[] {
  return written.map((line) => Object(JSON.parse(line)));
}

describe("a log line", () => {
  test("is one JSON object with event, service, level and fields", () => {
    createLog({ service: "poll", level: "INFO" }).info("messages.stored", {
      accountId: "acc_1",
      stored: 3,
    });
    expect(lines()).toEqual([
      expect.objectContaining({
        level: "INFO",
        message: "messages.stored",
        service: "poll",
        accountId: "acc_1",
        stored: 3,
      }),
    ]);
  });

  test("below the level is not written", () => {
    const log = createLog({ service: "poll", level: "WARN" });
    log.debug("poller.looked");
    log.info("messages.stored");
    log.error("poll.failed");
    expect(lines().map(({ message }) => message)).toEqual(["poll.failed"]);
  });
});

describe("an error in the log", () => {
  test.each([
    [
      "of the database",
      new MongoServerError({ message: `dup key: { token: "${secret}" }`, code: 11000 }),
    ],
    ["of nobody's class", new Error(`https://x/?token=${secret}`)],
    ["that is only a text", secret],
    ["around another", new RequestError("invalid", "a.b", "No.", {}, { cause: new Error(secret) })],
  ])("%s never brings its own words along", (_of, error) => {
    createLog({ service: "agent", level: "INFO" }).error("job.failed", { jobId: "job_1" }, error);
    expect(written.join("")).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ jobId: "job_1", error: expect.any(String) });
  });

  test("says class, code and the chain of causes, and where in the code it came up", () => {
    const cause = new MongoServerError({ message: secret, code: 50 });
    const error = new RequestError("invalid", "account.unknown", "No.", {}, { cause });
    createLog({ service: "agent", level: "INFO" }).warn("job.failed", {}, error);
    expect(lines()[0]).toMatchObject({
      error: "RequestError(account.unknown) < MongoServerError(50)",
      at: expect.stringContaining("log.test.ts"),
    });
  });
});
