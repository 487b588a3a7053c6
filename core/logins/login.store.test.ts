import { describe, expect, test } from "vitest";
import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { statusesBefore } from "#core/shared/transitions.ts";
import { waitingLogin } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { LoginStatus, loginTransitions, type Login } from "./login.ts";
import { loginStore } from "./login.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = loginStore(db());
const now = deps.clock.now();
const later = plusSeconds(now, 60);
const statuses = LoginStatus.options;

async function insert(changed: Partial<Login> = {}): Promise<Login> {
  const login = waitingLogin(deps, "acc_1", changed);
  await store.insert(login);
  return login;
}

const mine = { lease: { holder: "worker", expiresAt: later } };

describe("the statuses of a login", () => {
  const steps = statuses.flatMap((from) => statuses.map((to) => ({ from, to })));
  const isThere = ({ from, to }: (typeof steps)[number]) =>
    from === to || loginTransitions[from].includes(to);

  test.each(steps.filter(isThere))("lead from $from to $to, or stay", async ({ from, to }) => {
    const login = await insert({ status: from, ...mine });
    expect((await store.changeStatus(login._id, "worker", to)).status).toBe(to);
  });

  test.each(steps.filter((step) => !isThere(step)))(
    "never lead from $from to $to",
    async ({ from, to }) => {
      const login = await insert({ status: from, ...mine });
      await expect(store.changeStatus(login._id, "worker", to)).rejects.toThrow(LeaseLostError);
      expect(await store.get(login._id)).toEqual(login);
    },
  );

  test("are all reached but the first", () => {
    const reached = statuses.filter(
      (status) => statusesBefore(loginTransitions, status).length > 0,
    );
    expect(reached.toSorted()).toEqual([...statuses].toSorted());
  });
});

describe("the right to watch a login", () => {
  const take = (id: string, holder: string, at = now) =>
    store.takeLease(id, holder, at, plusSeconds(at, 60));

  test("goes to one of twenty workers", async () => {
    const { _id } = await insert();
    const got = await Promise.all(Array.from({ length: 20 }, (_, n) => take(_id, `w${n}`)));
    expect(got.filter((each) => each !== null)).toHaveLength(1);
  });

  test("is free again when its holder fell silent", async () => {
    const { _id } = await insert();
    await take(_id, "a");
    expect(await take(_id, "b", plusSeconds(now, 59))).toBeNull();
    expect((await take(_id, "b", later))?.lease.holder).toBe("b");
    await expect(store.renewLease(_id, "a", later)).rejects.toThrow(LeaseLostError);
    await expect(store.changeStatus(_id, "a", "scanned")).rejects.toThrow(LeaseLostError);
  });

  test("is not given for a login that is over", async () => {
    const { _id } = await insert({ status: "failed", open: false });
    expect(await take(_id, "a")).toBeNull();
  });

  test("is given back by its holder only", async () => {
    const { _id } = await insert();
    await take(_id, "a");
    await store.releaseLease(_id, "b");
    expect((await store.get(_id)).lease.holder).toBe("a");
    await store.releaseLease(_id, "a");
    expect((await take(_id, "b"))?.lease.holder).toBe("b");
  });
});

describe("a login", () => {
  const typed = auditLine(deps, hubActor, "login.code_typed", "acc_1");

  test("that is done stays so, with its first outcome", async () => {
    const { _id } = await insert({ status: "confirmed", ...mine });
    await store.complete(_id, { kind: "new", accountId: "acc_1" });
    await store.complete(_id, { kind: "moved", accountId: "acc_2" });
    expect((await store.get(_id)).outcome).toEqual({ kind: "new", accountId: "acc_1" });
  });

  test("takes a typed code only while WeChat asks for one", async () => {
    const asking = await insert({ status: "verify_code_needed", verifyCodeWrong: true });
    expect(await store.writeVerifyCode(asking._id, "123456", typed)).toBe(true);
    expect(await store.get(asking._id)).toMatchObject({
      verifyCode: "123456",
      verifyCodeWrong: false,
      auditOutbox: [typed],
    });
    const over = await insert({ status: "verify_code_needed", open: false });
    expect(await store.writeVerifyCode(over._id, "123456", typed)).toBe(false);
  });

  test("that is open is found by its account, the newest first, until its time is over", async () => {
    const accountId = "acc_open";
    const logins = [
      waitingLogin(deps, accountId),
      waitingLogin(deps, accountId),
      waitingLogin(deps, accountId, { open: false }),
    ];
    for (const login of logins) await store.insert(login);
    expect(await store.findOpenOf(accountId, now)).toEqual(logins[1]);
    expect(await store.findOpenOf(accountId, plusSeconds(now, 330))).toBeNull();
  });

  test("that does not exist is an error which names it", async () => {
    await expect(store.get("lgn_none")).rejects.toThrow(RequestError);
    await expect(store.get("lgn_none")).rejects.toThrow("lgn_none");
  });
});
