import type { Db } from "mongodb";
import { loginStore } from "#core/logins/login.store.ts";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { createUser } from "#core/users/manage-users.ts";
import { openChat } from "#test/chat.ts";
import * as records from "#test/records.ts";
import type { SmallHub } from "#test/small-hub.ts";

const some = 5;

/** Some of everything that has an address of its own: ids by the word behind `/api/`. */
export async function storeKnownThings(hub: SmallHub, db: Db): Promise<Record<string, string[]>> {
  const { deps } = hub;
  const known: Record<string, string[]> = { policies: ["auto", "manual-review", "off"] };
  const note = (group: string, id: string) => (known[group] ??= []).push(id);
  for (let n = 0; n < some; n++) {
    const chat = await openChat(hub, db, { policyId: n === 0 ? "auto" : "manual-review" });
    await chat.isAnswered(`question ${n}?`, `answer ${n}`);
    const { account, conversationId } = chat;
    note("accounts", account._id);
    note("conversations", conversationId);
    for (const { _id } of await chat.runs()) {
      note("agent-runs", _id);
      note("reviews", _id);
    }
    const of = { _id: conversationId, accountId: account._id, userId: chat.userId };
    const parked = records.outboundMessage(deps, of, { open: "parked" });
    await outboundStore(db).insert(parked);
    note("outbound", parked._id);
    const login = records.waitingLogin(deps, account._id);
    await loginStore(db).insert(login);
    note("logins", login._id);
    const dead = { accountId: account._id, conversationId, now: deps.clock.now() };
    const sqsMessageId = `dead-${n}`;
    await deadJobStore(db).keep({ ...dead, sqsMessageId, why: "failed_too_often", body: "{}" });
    note("dead-jobs", `dead_${sqsMessageId}`);
    const user = await createUser(deps, records.operator, {
      name: `user ${n}`,
      role: "viewer",
      labels: null,
      password: "a long password",
    });
    note("users", user._id);
  }
  return known;
}

/** The fuzzer's settings by which most requests are about things that are there. */
export function settingsOf(known: Record<string, string[]>): string {
  return Object.entries(known)
    .map(([group, ids]) => {
      const binding = `{ dictionary = "${group}", probability = 0.8 }`;
      const operation = [
        "[[operations]]",
        `include-path-regex = "^/api/${group}/\\\\{"`,
        `parameters = { "path.${group === "reviews" ? "runId" : "id"}" = ${binding} }`,
      ];
      const values = ids.map((id) => `"${id}"`).join(", ");
      return [`[dictionaries.${group}]`, `values = [${values}]`, "", ...operation, ""].join("\n");
    })
    .join("\n");
}
