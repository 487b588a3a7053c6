import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { MongoClient } from "mongodb";
import { afterAll, describe, expect, test } from "vitest";
import { startDatabase } from "./database.ts";
import { prepareSecantus } from "./secantus.ts";

const scratch = await mkdtemp(path.join(tmpdir(), "hub-database-test-"));
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A folder for the PATH that holds one program. */
async function folderWith(program: string, script: string): Promise<string> {
  const folder = await mkdtemp(path.join(scratch, "bin-"));
  await writeFile(path.join(folder, program), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, program), 0o755);
  return folder;
}

describe("mongod on the PATH", () => {
  test("comes before every stand-in, gets its data folder and port, and answers", async () => {
    const cacheDir = path.resolve(import.meta.dirname, "../../.cache");
    const env = { PATH: process.env["PATH"] };
    const python = await prepareSecantus({ env, cacheDir, log: () => undefined, noMongod: "none" });
    const serve = "import sys; from secantus.cli import main; sys.exit(main())";
    const bin = await folderWith(
      "mongod",
      `[ "$1 $3 $5" = "--dbpath --port --bind_ip" ] || exit 1
       exec ${python} -c '${serve}' --storage-path "$2" --port "$4"`,
    );
    const dataDir = path.join(scratch, "data");
    const database = await startDatabase({ dataDir, log: () => undefined, env: { PATH: bin } });
    const client = new MongoClient(database.uri);
    expect(await client.db("hub").command({ ping: 1 })).toMatchObject({ ok: 1 });
    await client.close();
    await database.stop();
    expect(database).toMatchObject({
      kind: "mongod",
      description: `mongod found at ${bin}/mongod; data in ${dataDir}/mongod`,
    });
  }, 180_000);

  test("that does not start is told with its last words", async () => {
    const bin = await folderWith("mongod", "echo 'the data folder is of a newer version'; exit 14");
    const started = startDatabase({
      dataDir: ":memory:",
      log: () => undefined,
      env: { PATH: bin },
    });
    await expect(started).rejects.toMatchObject({
      code: "database.start_failed",
      message: expect.stringContaining("the data folder is of a newer version"),
    });
  });
});

describe("the Python environment", () => {
  /** Python for two purposes: making an environment, and, in it, installing into it. */
  const fakePython = (installs: string) => `
    case "$2" in
      "import sys"*) exit 0 ;;
      venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
      pip) echo installed >> ${installs}; sleep 0.3; [ ! -e ${installs}.fail ] ;;
    esac`;

  async function setUp() {
    const cacheDir = await mkdtemp(path.join(scratch, "cache-"));
    const installs = path.join(scratch, `${path.basename(cacheDir)}.log`);
    const bin = await folderWith("python3", fakePython(installs));
    const lines: string[] = [];
    const env = { PATH: `${bin}:/bin:/usr/bin` };
    const prepare = () =>
      prepareSecantus({ env, cacheDir, log: (line) => lines.push(line), noMongod: "none" });
    return { cacheDir, installs, lines, prepare };
  }

  test("is made once, however many ask for it at the same time", async () => {
    const { installs, lines, prepare } = await setUp();
    const [one, two] = await Promise.all([prepare(), prepare(), prepare()]);
    expect(one).toBe(two);
    expect(await prepare()).toBe(one);
    expect(await readFile(installs, "utf8")).toBe("installed\n");
    expect(lines).toHaveLength(1);
  });

  test("leaves nothing behind when its making fails, and says what to do", async () => {
    const { cacheDir, installs, prepare } = await setUp();
    await writeFile(`${installs}.fail`, "");
    await expect(prepare()).rejects.toMatchObject({
      code: "database.install_failed",
      message: expect.stringContaining("python3-venv"),
    });
    expect((await readdir(cacheDir)).filter((file) => !file.endsWith(".lock"))).toEqual([]);
    await rm(`${installs}.fail`);
    expect(await prepare()).toContain(cacheDir);
  });
});
