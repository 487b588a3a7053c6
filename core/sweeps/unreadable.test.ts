import type { Document } from "mongodb";
import { beforeEach, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { auditLine } from "#core/audit/record.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount, operator, waitingLogin } from "#test/records.ts";
import { sweepTestDeps, type SweepTestDeps } from "#test/sweep-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { auditLines } from "./audit-lines.ts";
import { cleanUps } from "./clean-ups.ts";
import { movedHermes } from "./moved-hermes.ts";
import { probeHermes } from "./probe-hermes.ts";
import { wantedSchedules } from "./schedules.ts";
import type { Sweep } from "./sweep.ts";
import { unattendedLogins } from "./unattended-logins.ts";

const { db } = withDatabase();
let deps: SweepTestDeps;
beforeEach(async () => {
  deps = sweepTestDeps(db());
  for (const name of ["accounts", "logins", "hermes"]) await db().collection(name).deleteMany({});
});

const before = () => plusSeconds(deps.clock.now(), -600);
const broken = "yesterday";

async function account(changed: Parameters<typeof approvedAccount>[1]): Promise<string> {
  const added = approvedAccount(deps, changed);
  await accountStore(db()).insert(added);
  return added._id;
}

type Case = {
  sweep: Sweep;
  collection: string;
  /** Leaves something undone and gives the id of its document. */
  leave: () => Promise<string>;
  /** What of such a document nobody can read. */
  field: string;
  /** Whether the sweep did it, by the document as it is then. */
  isDone: (document: Document | null) => boolean;
};

const cases: Case[] = [
  {
    sweep: wantedSchedules,
    collection: "accounts",
    leave: () => account({ scheduleDiffers: true }),
    field: "createdAt",
    isDone: (document) => document?.scheduleDiffers === false,
  },
  {
    sweep: cleanUps,
    collection: "accounts",
    leave: () => account({ status: "retiring", retiringSince: before() }),
    field: "createdAt",
    isDone: (document) => document?.status === "retired",
  },
  {
    sweep: movedHermes,
    collection: "accounts",
    leave: () => account({ hermesMoved: true }),
    field: "createdAt",
    isDone: (document) => document !== null && !document.hermesMoved,
  },
  {
    sweep: unattendedLogins,
    collection: "logins",
    async leave() {
      const login = waitingLogin(deps, "acc_1", { createdAt: before() });
      await loginStore(db()).insert(login);
      return login._id;
    },
    field: "qrIssuedAt",
    isDone: (document) => deps.called.includes(`watch ${document?._id}`),
  },
  {
    sweep: probeHermes,
    collection: "hermes",
    async leave() {
      const id = `https://${deps.newId("account")}.example/v1`;
      const [now, nextProbeAt] = [before(), before()];
      const away = { id, state: "down" as const, cause: "refused", now, nextProbeAt };
      await hermesHealthStore(db()).markAway(away);
      return id;
    },
    field: "since",
    isDone: (document) => document === null,
  },
  {
    sweep: auditLines,
    collection: "accounts",
    leave: () => {
      const line = { ...auditLine(deps, operator, "account.renamed", "acc_1"), at: before() };
      return account({ auditOutbox: [line] });
    },
    field: "auditOutbox.0.action",
    isDone: (document) => document?.auditOutbox.length === 0,
  },
];

test.each(cases)(
  "$sweep.name: what nobody can read is named in the log, and the rest is done",
  async ({ sweep, collection, leave, field, isDone }) => {
    const documents = db().collection<{ _id: string }>(collection);
    const unreadable = await leave();
    await documents.updateOne({ _id: unreadable }, { $set: { [field]: { said: broken } } });
    const left = await documents.findOne({ _id: unreadable });
    const sound = await leave();

    await sweep.run(deps);

    expect(isDone(await documents.findOne({ _id: sound }))).toBe(true);
    expect(await documents.findOne({ _id: unreadable })).toEqual(left);
    expect(deps.logLines.join()).toContain("document.unreadable");
    expect(deps.logLines.join()).not.toContain(broken);
  },
);
