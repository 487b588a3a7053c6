import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "#core/shared/clock.ts";
import { lookAtLink } from "#core/users/password-links.ts";
import { signIn } from "#core/users/sign-in.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";

const database = withDatabase();
// The command goes by the real clock, and what it makes expires by that.
const deps = { ...testDeps(database.db()), clock: systemClock() };

function create(...options: string[]) {
  const script = join(import.meta.dirname, "user-create.ts");
  const { MONGODB_URI, MONGODB_DATABASE } = {
    MONGODB_URI: database.uri,
    MONGODB_DATABASE: database.name,
  };
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...options], {
    encoding: "utf8",
    env: { ...process.env, MONGODB_URI, MONGODB_DATABASE, PUBLIC_URL: "https://hub.example/" },
  });
  return { stdout, stderr, status };
}

test("makes a user who signs in with the password that was printed, and one of a name", async () => {
  const { stdout, status } = create("--name", "Mei");
  expect(status).toBe(0);
  const password = stdout.trim().split(" ").at(-1) ?? "";
  const { user } = await signIn(deps, { name: "mei", password, address: "here", peer: "here" });
  expect(user).toMatchObject({ name: "Mei", role: "owner", labels: null });
  const again = create("--name", "mei");
  expect(again).toMatchObject({ status: 1, stdout: "" });
  expect(again.stderr).toContain("Choose another one.");
});

test("prints a link for somebody who will choose a password, and says what it does not understand", async () => {
  const { stdout } = create(
    "--name",
    "Lee",
    "--role",
    "reviewer",
    "--labels",
    "shop, bar",
    "--link",
  );
  const url = stdout.trim().split("\n").at(-1) ?? "";
  expect(url).toMatch(/^https:\/\/hub\.example\/welcome#/);
  const { user } = await lookAtLink(deps, new URL(url).hash.slice(1));
  expect(user).toMatchObject({ role: "reviewer", labels: ["shop", "bar"] });
  const wrong = create("--name", "Lee", "--role", "king");
  expect(wrong).toMatchObject({ status: 1, stdout: "" });
  expect(wrong.stderr).toContain("npm run user:create");
});
