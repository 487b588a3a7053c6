import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { MongoClient } from "mongodb";
import { afterAll, describe, expect, test } from "vitest";
import { soon } from "#local/lambda/soon.ts";
import { isAlive } from "#local/lambda/testing.ts";
import { startDatabase } from "./database.ts";

const scratch = await mkdtemp(path.join(tmpdir(), "hub-database-test-"));
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("a database from the settings", () => {
  const given = (uri: string) =>
    startDatabase({ dataDir: ":memory:", log: () => undefined, env: { MONGODB_URI: uri } });

  test("is used as it is, without its database name", async () => {
    const database = await given("mongodb+srv://hub:s%40fe@cluster.example/production?w=majority");
    expect(database.kind).toBe("given");
    expect(database.uri).toBe(
      "mongodb+srv://hub:s%40fe@cluster.example/?w=majority&authSource=production",
    );
  });

  test("is described without its password", async () => {
    const lines: string[] = [];
    await startDatabase({
      dataDir: ":memory:",
      log: (line) => lines.push(line),
      env: { MONGODB_URI: "mongodb://hub:secret@a:1,b:2/" },
    });
    expect(lines).toEqual(["Database: MONGODB_URI, at a:1,b:2"]);
  });

  test("is refused when it is no connection string", async () => {
    await expect(given("postgres://x")).rejects.toMatchObject({ code: "database.uri_invalid" });
  });
});

describe("a local database", () => {
  test("keeps its data between starts", async () => {
    const options = { dataDir: path.join(scratch, "kept"), log: () => undefined };
    for (const expected of [1, 2]) {
      const database = await startDatabase(options);
      const client = new MongoClient(database.uri);
      await client.db("hub").collection("starts").insertOne({ at: expected });
      expect(await client.db("hub").collection("starts").countDocuments()).toBe(expected);
      await client.close();
      await database.stop();
    }
  }, 120_000);

  test("says in one line which one it is, and does not start twice on one data folder", async () => {
    const lines: string[] = [];
    const dataDir = path.join(scratch, "shared");
    const first = await startDatabase({ dataDir, log: (line) => lines.push(line) });
    expect(lines.filter((line) => line.startsWith("Database: "))).toHaveLength(1);
    await expect(startDatabase({ dataDir, log: () => undefined })).rejects.toMatchObject({
      code: "database.start_failed",
    });
    await first.stop();
  }, 120_000);

  test("says what to install when there is neither mongod nor Python", async () => {
    const options = {
      dataDir: ":memory:",
      cacheDir: path.join(scratch, "empty-cache"),
      log: () => undefined,
      env: { PATH: scratch, MONGOMS_DOWNLOAD_MIRROR: "https://no-such-host.invalid" },
    };
    await expect(startDatabase(options)).rejects.toMatchObject({
      code: "database.python_missing",
      message: expect.stringContaining("no-such-host.invalid is unknown here"),
    });
  });

  test("ends when the process that started it is killed, and takes a throw-away folder along", async () => {
    const temporary = await mkdtemp(path.join(scratch, "tmp with space-"));
    const program = `
      import { isAlive } from "#local/lambda/testing.ts";
import { startDatabase } from ${JSON.stringify(path.join(import.meta.dirname, "database.ts"))};
      import { execFileSync } from "node:child_process";
      await startDatabase({ dataDir: ":memory:", log: () => {} });
      const children = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(process.pid)], { encoding: "utf8" });
      process.stdout.write(JSON.stringify(children.split("\\n").filter((line) => /python|mongod/.test(line)).map((line) => parseInt(line, 10))));
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [chunk] = await new Promise<Buffer[]>((resolve) => {
      parent.stdout.once("data", (data: Buffer) => resolve([data]));
    });
    const pids: unknown = JSON.parse(String(chunk));
    if (!Array.isArray(pids)) throw new Error("no list of processes");
    expect(pids).toHaveLength(1);
    const pid = Number(pids[0]);
    expect(isAlive(pid)).toBe(true);
    expect(await readdir(temporary)).toHaveLength(1);
    parent.kill("SIGKILL");
    await soon(() => expect(isAlive(pid)).toBe(false));
    await soon(async () => expect(await readdir(temporary)).toEqual([]));
  }, 120_000);
});
