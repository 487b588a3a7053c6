import { beforeEach, describe, expect, test } from "vitest";
import { auditStore } from "#core/audit/audit.store.ts";
import { operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { changeOwnPassword } from "./change-own.ts";
import * as manage from "./manage-users.ts";
import * as links from "./password-links.ts";
import { hashPassword, isPassword } from "./secrets.ts";
import { signIn, signOut, userOfSession } from "./sign-in.ts";
import { createToken, revokeToken, userOfToken } from "./tokens.ts";
import type { Role } from "./user.ts";
import { userStore } from "./user.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const password = "correct horse battery";
const hourMs = 3_600_000;
const over = { code: "link.over" };

beforeEach(async () => {
  await db().collection("users").deleteMany({});
  await db().collection("sign_in_attempts").deleteMany({});
  await db().collection<{ _id: string }>("system").deleteMany({ _id: "owners" });
});

function add(name: string, role: Role = "operator", labels: string[] | null = null) {
  return manage.createUser(deps, operator, { name, role, labels, password });
}

function enter(name: string, given = password, address = "10.0.0.1", peer = "10.1.1.1") {
  return signIn(deps, { name, password: given, address, peer });
}

describe("a password", () => {
  test("is known again, at whatever cost it was kept", async () => {
    const kept = await hashPassword(password, 1024);
    expect(await isPassword(password, kept)).toBe(true);
    expect(await isPassword("another password", kept)).toBe(false);
    expect(await isPassword(password, null)).toBe(false);
  });
});

describe("signing in", () => {
  test("opens a session that its secret alone leads back to", async () => {
    const user = await add("Front Desk");
    const { secret } = await enter("  front desk ");
    expect(await userOfSession(deps, secret)).toMatchObject({ _id: user._id, role: "operator" });
    expect(await userOfSession(deps, `${secret}x`)).toBeNull();
    expect(JSON.stringify(await db().collection("users").findOne())).not.toContain(secret);
  });

  test("fails alike for a wrong password, an unknown name and a disabled user", async () => {
    const user = await add("desk");
    await manage.disableUser(deps, operator, user._id);
    await add("counter");
    const refused = { reason: "unauthorized", code: "sign_in.refused" };
    await expect(enter("counter", "wrong password")).rejects.toMatchObject(refused);
    await expect(enter("nobody")).rejects.toMatchObject(refused);
    await expect(enter("desk")).rejects.toMatchObject(refused);
  });

  test("is refused after ten tries on a name, and allowed again a quarter of an hour later", async () => {
    await add("desk");
    const tries = Array.from({ length: 12 }, () => enter("desk", "wrong password"));
    const codes = (await Promise.allSettled(tries)).map((each) =>
      each.status === "rejected" ? each.reason.code : "in",
    );
    expect(codes.filter((code) => code === "sign_in.refused")).toHaveLength(10);
    await expect(enter("desk")).rejects.toMatchObject({ code: "attempts.too_many" });
    await deps.clock.advance(15 * 60_000);
    await expect(enter("desk")).resolves.toBeTruthy();
  });

  test("is refused after fifty tries from one address, whatever the names", async () => {
    await add("desk");
    await db()
      .collection<{ _id: string; count: number; expiresAt: Date }>("sign_in_attempts")
      .insertOne({
        _id: "address:10.0.0.9",
        count: 50,
        expiresAt: new Date(deps.clock.now().getTime() + hourMs / 4),
      });
    const refused = { reason: "too_many" };
    await expect(enter("desk", password, "10.0.0.9")).rejects.toMatchObject(refused);
    await expect(enter("desk")).resolves.toBeTruthy();
  });

  test("is refused after a thousand tries through one peer, whatever addresses it names", async () => {
    await add("desk");
    const expiresAt = new Date(deps.clock.now().getTime() + hourMs / 4);
    await db()
      .collection<{ _id: string; count: number; expiresAt: Date }>("sign_in_attempts")
      .insertOne({ _id: "peer:10.1.1.9", count: 1_000, expiresAt });
    const refused = { reason: "too_many" };
    await expect(enter("desk", password, "10.0.0.7", "10.1.1.9")).rejects.toMatchObject(refused);
    await expect(enter("desk", password, "10.0.0.7")).resolves.toBeTruthy();
  });
});

describe("a session", () => {
  test("ends when nobody used it for twelve hours, and after a week in any case", async () => {
    await add("desk");
    const { secret } = await enter("desk");
    for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
      await deps.clock.advance(11 * hourMs);
      expect(await userOfSession(deps, secret), `${hours + 11} h`).not.toBeNull();
    }
    await deps.clock.advance(11 * hourMs);
    expect(await userOfSession(deps, secret)).toBeNull();
    const idle = await enter("desk");
    await deps.clock.advance(12 * hourMs);
    expect(await userOfSession(deps, idle.secret)).toBeNull();
  });

  test("ends when its user signs out, is signed out everywhere, or sets a new password", async () => {
    const user = await add("desk");
    const [one, other] = [await enter("desk"), await enter("desk")];
    await signOut(deps, user._id, one.secret);
    expect(await userOfSession(deps, one.secret)).toBeNull();
    expect(await userOfSession(deps, other.secret)).not.toBeNull();
    await manage.endSessions(deps, operator, user._id);
    expect(await userOfSession(deps, other.secret)).toBeNull();
    const third = await enter("desk");
    const { secret } = await links.handOutLink(deps, operator, user._id);
    await links.acceptLink(deps, { secret, name: null, password: "a new long password" });
    expect(await userOfSession(deps, third.secret)).toBeNull();
    await expect(enter("desk")).rejects.toMatchObject({ code: "sign_in.refused" });
    await expect(enter("desk", "a new long password")).resolves.toBeTruthy();
  });
});

describe("one's own password", () => {
  const next = "a new long password";

  test("is changed by who knows it, and signs out every other browser", async () => {
    const user = await add("desk");
    const [here, there] = [await enter("desk"), await enter("desk")];
    const given = { userId: user._id, session: here.secret, next };
    const wrong = changeOwnPassword(deps, { ...given, current: "not the password" });
    await expect(wrong).rejects.toMatchObject({ code: "password.wrong" });
    expect(await userOfSession(deps, there.secret)).not.toBeNull();
    await changeOwnPassword(deps, { ...given, current: password });
    expect(await userOfSession(deps, there.secret)).toBeNull();
    expect(await userOfSession(deps, here.secret)).not.toBeNull();
    await expect(enter("desk", next)).resolves.toBeTruthy();
  });

  test("is not found out by trying", async () => {
    const user = await add("desk");
    const given = { userId: user._id, session: "none", current: "not the password", next };
    for (let tries = 0; tries < 10; tries += 1) {
      await expect(changeOwnPassword(deps, given)).rejects.toMatchObject({
        code: "password.wrong",
      });
    }
    const right = changeOwnPassword(deps, { ...given, current: password });
    await expect(right).rejects.toMatchObject({ code: "attempts.too_many" });
  });
});

describe("a link", () => {
  test("lets an invited person choose name and password, once, even for two at a time", async () => {
    const wanted = { name: "new colleague", role: "reviewer", labels: ["shop"] } as const;
    const { secret } = await links.inviteUser(deps, operator, { ...wanted, labels: ["shop"] });
    expect((await links.lookAtLink(deps, secret)).link.kind).toBe("invite");
    const accept = () => links.acceptLink(deps, { secret, name: "Counter", password });
    const done = await Promise.allSettled([accept(), accept()]);
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(accept()).rejects.toMatchObject(over);
    const { user } = await enter("counter");
    expect(user).toMatchObject({ name: "Counter", role: "reviewer", labels: ["shop"] });
  });

  test("ends after three days, by a newer one, and when its user is disabled", async () => {
    const wanted = { name: "later", role: "viewer", labels: null } as const;
    const { user, secret } = await links.inviteUser(deps, operator, wanted);
    const newer = await links.handOutLink(deps, operator, user._id);
    await expect(links.lookAtLink(deps, secret)).rejects.toMatchObject(over);
    await deps.clock.advance(73 * hourMs);
    await expect(links.lookAtLink(deps, newer.secret)).rejects.toMatchObject(over);
    const third = await links.handOutLink(deps, operator, user._id);
    await manage.disableUser(deps, operator, user._id);
    await expect(links.lookAtLink(deps, third.secret)).rejects.toMatchObject(over);
  });

  test("keeps its user's name where that is taken, and can be tried again", async () => {
    await add("desk");
    const wanted = { name: "second", role: "viewer", labels: null } as const;
    const { secret } = await links.inviteUser(deps, operator, wanted);
    const taken = links.acceptLink(deps, { secret, name: "DESK", password });
    await expect(taken).rejects.toMatchObject({ code: "user.name_taken" });
    await links.acceptLink(deps, { secret, name: "second desk", password });
  });
});

describe("the last owner", () => {
  test("can neither be disabled nor made less", async () => {
    const owner = await add("boss", "owner");
    const last = { code: "user.last_owner" };
    await expect(manage.disableUser(deps, operator, owner._id)).rejects.toMatchObject(last);
    const less = { role: "viewer", labels: null } as const;
    await expect(manage.changeRights(deps, operator, owner._id, less)).rejects.toMatchObject(last);
    expect(await userStore(db()).get(owner._id)).toMatchObject({ role: "owner", disabledAt: null });
  });

  test("stays when two owners leave at the same time", async () => {
    const [one, other] = [await add("one", "owner"), await add("other", "owner")];
    const left = await Promise.allSettled([
      manage.disableUser(deps, operator, one._id),
      manage.changeRights(deps, operator, other._id, { role: "viewer", labels: null }),
    ]);
    expect(left.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("is not somebody who was invited and never came", async () => {
    const owner = await add("boss", "owner");
    await links.inviteUser(deps, operator, { name: "later", role: "owner", labels: null });
    const leaving = manage.disableUser(deps, operator, owner._id);
    await expect(leaving).rejects.toMatchObject({ code: "user.last_owner" });
  });

  test("is not limited to labels, who could lift the limit", async () => {
    const user = await add("desk", "operator", ["shop"]);
    const promoted = manage.changeRights(deps, operator, user._id, { role: "owner" });
    await expect(promoted).rejects.toMatchObject({ code: "user.limited_owner" });
    const labels = null;
    await manage.changeRights(deps, operator, user._id, { role: "owner", labels });
  });

  test("is asked for twice at once, and is one user with one link that works", async () => {
    const ask = () => links.inviteFirstOwner(deps, operator);
    const asked = await Promise.all([ask(), ask(), ask()]);
    const looked = await Promise.allSettled(
      asked.map((link) => links.lookAtLink(deps, link?.secret ?? "")),
    );
    expect(looked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await db().collection("users").countDocuments()).toBe(1);
  });

  test("is invited by a link when a hub is new, and only then", async () => {
    const invited = await links.inviteFirstOwner(deps, operator);
    const { secret = "" } = invited ?? {};
    await links.acceptLink(deps, { secret, name: "boss", password });
    expect(await links.inviteFirstOwner(deps, operator)).toBeNull();
  });
});

describe("a token", () => {
  test("acts for its user, never with more rights than they have now", async () => {
    const user = await add("desk", "operator", ["shop"]);
    const wanted = { name: "till", role: "operator", expiresAt: null } as const;
    const { secret } = await createToken(deps, operator, user, wanted);
    expect(await userOfToken(deps, secret)).toMatchObject({ role: "operator" });
    await manage.changeRights(deps, operator, user._id, { role: "viewer", labels: ["shop"] });
    expect(await userOfToken(deps, secret)).toMatchObject({ role: "viewer" });
    const tooMuch = createToken(deps, operator, user, { ...wanted, role: "owner" });
    await expect(tooMuch).rejects.toMatchObject({ code: "token.role" });
  });

  test("is revoked once, and only by its user where one is named", async () => {
    const [user, other] = [await add("desk"), await add("counter")];
    const { token } = await createToken(deps, operator, user, {
      name: "till",
      role: "viewer",
      expiresAt: null,
    });
    const foreign = revokeToken(deps, operator, { userId: other._id, tokenId: token._id });
    await expect(foreign).rejects.toMatchObject({ code: "token.unknown" });
    const own = { userId: user._id, tokenId: token._id };
    const revoked = await Promise.all([1, 2].map(() => revokeToken(deps, operator, own)));
    expect(revoked[0]?.revokedAt).toEqual(revoked[1]?.revokedAt);
    const lines = await auditStore(db()).listOf(user._id, 10);
    expect(lines.filter(({ action }) => action === "token.revoked")).toHaveLength(1);
  });

  test("makes room for another by being revoked", async () => {
    const user = await add("desk");
    const wanted = { name: "till", role: "viewer", expiresAt: null } as const;
    const make = () => createToken(deps, operator, user, wanted);
    const [first] = [await make()];
    for (let made = 1; made < 20; made += 1) await make();
    await expect(make()).rejects.toMatchObject({ code: "token.too_many" });
    await revokeToken(deps, operator, { userId: null, tokenId: first.token._id });
    expect(await userOfToken(deps, (await make()).secret)).not.toBeNull();
  });

  test("ends when it is revoked, by its date, and with its user", async () => {
    const user = await add("desk");
    const expiresAt = new Date(deps.clock.now().getTime() + hourMs);
    const make = (until: Date | null) =>
      createToken(deps, operator, user, { name: "till", role: "viewer", expiresAt: until });
    const [short, revoked, open] = [await make(expiresAt), await make(null), await make(null)];
    await revokeToken(deps, operator, { userId: user._id, tokenId: revoked.token._id });
    expect(await userOfToken(deps, revoked.secret)).toBeNull();
    await deps.clock.advance(hourMs);
    expect(await userOfToken(deps, short.secret)).toBeNull();
    expect(await userOfToken(deps, open.secret)).not.toBeNull();
    await manage.disableUser(deps, operator, user._id);
    expect(await userOfToken(deps, open.secret)).toBeNull();
  });
});

test("what is done to a user is one audit line each, done twice or not", async () => {
  const user = await add("desk");
  for (const _ of [1, 2]) await manage.disableUser(deps, operator, user._id);
  for (const _ of [1, 2]) await manage.enableUser(deps, operator, user._id);
  const lines = await auditStore(db()).listOf(user._id, 10);
  expect(lines.map(({ action }) => action)).toEqual([
    "user.enabled",
    "user.disabled",
    "user.created",
  ]);
  expect(JSON.stringify(lines)).not.toContain("hash");
});
