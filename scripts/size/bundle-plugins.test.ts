import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConnectionString } from "mongodb-connection-string-url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { bundleFunction } from "#local/build-functions.ts";

const Callable = z.custom<(text: string) => unknown>((given) => typeof given === "function");
const root = join(import.meta.dirname, "..", "..");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(root, ".build", "lean-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bundles this source with the options of a deployment, and imports what came out. */
async function bundled(name: string, source: string): Promise<unknown> {
  const entry = join(folder, `${name}.ts`);
  await writeFile(entry, source);
  await bundleFunction(entry, join(folder, `${name}.mjs`));
  return import(pathToFileURL(join(folder, `${name}.mjs`)).href);
}

const addresses = [
  "mongodb://127.0.0.1:27017/",
  "mongodb+srv://hub:p%40ss%3Aword@cluster0.abcde.mongodb.net/?retryWrites=true&w=majority",
  "mongodb://user:secret@a.example:27017,b.example:27018,c.example/hub?replicaSet=rs0&authSource=admin",
  "mongodb://[::1]:27017/hub?directConnection=true",
  "mongodb://%2Ftmp%2Fmongodb-27017.sock/hub",
];

test("mongodb's address means the same to the bundle as to the package itself", async () => {
  const Read = z.object({ read: Callable });
  const { read } = Read.parse(
    await bundled(
      "address",
      `import { ConnectionString } from "mongodb-connection-string-url";
       export function read(text) {
         const { hosts, pathname, username, password, searchParams, isSRV } = new ConnectionString(text);
         return { hosts, pathname, username, password, isSRV, options: [...searchParams], text: new ConnectionString(text).toString() };
       }`,
    ),
  );
  for (const address of addresses) {
    const own = new ConnectionString(address);
    const { hosts, pathname, username, password, isSRV } = own;
    expect(read(address)).toEqual({
      hosts,
      pathname,
      username,
      password,
      isSRV,
      options: [...own.searchParams],
      text: own.toString(),
    });
  }
});

test("a request arrives whole, and its answer comes back", async () => {
  const server = createServer((request, response) => {
    response.end(`${request.method} ${request.url} ${String(request.headers["x-key"])}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const Ask = z.object({ ask: Callable });
  const { ask } = Ask.parse(
    await bundled(
      "request",
      `import { Agent, request } from "undici";
       const agent = new Agent({ allowH2: false });
       export async function ask(url) {
         const answer = await request(url, { dispatcher: agent, headers: { "x-key": "k" } });
         const shared = await request(url, { method: "POST", body: "b", headers: { "x-key": "s" } });
         return [await answer.body.text(), await shared.body.text()];
       }`,
    ),
  );
  const said = await ask(`http://127.0.0.1:${port}/path?a=b`);
  server.close();
  expect(said).toEqual(["GET /path?a=b k", "POST /path?a=b s"]);
});

test("a name of undici that the bundle has not stops the build", async () => {
  const source = 'import { Pool } from "undici"; export const pool = Pool;';
  await expect(bundled("unknown", source)).rejects.toThrow("Pool");
});

test("complaints of a schema are still sentences", async () => {
  const Check = z.object({ check: Callable });
  const { check } = Check.parse(
    await bundled(
      "complaint",
      `import { z } from "zod";
       export const check = () => z.string().safeParse(1).error.issues[0].message;`,
    ),
  );
  expect(check("")).toBe(z.string().safeParse(1).error?.issues[0]?.message);
});

test("nothing that a bundle replaces has another version than was looked at", async () => {
  const versionOf = async (name: string): Promise<string> => {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return z.object({ version: z.string() }).parse(JSON.parse(await readFile(file, "utf8")))
      .version;
  };
  expect((await versionOf("undici")).split(".")[0]).toBe("8");
  expect((await versionOf("zod")).split(".")[0]).toBe("4");
});
