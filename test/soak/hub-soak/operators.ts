import { z } from "zod";
import { unfinishedStatuses, type AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { during } from "./hermes-faults.ts";
import type { SoakHub } from "./soak-hub.ts";
import type { Fault, Trouble } from "./trouble.ts";

const Any = z.looseObject({});
let spoken = 0;

/** What people do while all this goes on; being told no is part of it. */
export function operatorActs(hub: SoakHub, trouble: Trouble): Fault[] {
  const post = (path: string, body: object = {}) => hub.client.call("POST", path, Any, body);
  const anyAccount = () => trouble.pick(hub.bots)?.accountId ?? "";
  return [
    {
      kind: "operator: suspends and resumes",
      strike: async () => {
        const id = anyAccount();
        const verb = (name: "suspend" | "resume") => async () =>
          void (await hub.client.change(id, name));
        await during(trouble, verb("suspend"), verb("resume"));
      },
    },
    {
      kind: "operator: stops and starts polling",
      strike: async () => {
        const id = anyAccount();
        await hub.client.change(id, "stop-polling");
        await trouble.lasts(500, 2_000);
        await hub.client.change(id, "start-polling");
      },
    },
    {
      kind: "operator: changes a policy",
      strike: async () => {
        const policies = ["auto", "auto", "manual-review", "off"] as const;
        await hub.client.setPolicy(anyAccount(), trouble.pick(policies) ?? "auto");
      },
    },
    { kind: "operator: takes over, speaks, hands back", strike: () => takeOver(hub, trouble) },
    { kind: "operator: cancels a run", strike: () => cancelRun(hub, trouble) },
    {
      kind: "operator: pauses Hermes and resumes it",
      strike: () =>
        during(
          trouble,
          async () => void (await post("/api/hermes/pause", { reason: "an upgrade" })),
          async () => void (await post("/api/hermes/resume")),
        ),
    },
  ];
}

/** What reviewers do with the drafts that there are. */
export function reviewActs(hub: SoakHub, trouble: Trouble): Fault[] {
  const post = (path: string, body: object = {}) => hub.client.call("POST", path, Any, body);
  const withDraft = (act: (run: AgentRun) => Promise<unknown>) => async () => {
    const draft = trouble.pick(await draftsOf(hub));
    if (!draft) return false;
    await act(draft);
    return true;
  };
  return [
    {
      kind: "operator: approves",
      strike: withDraft(({ _id }) => post(`/api/reviews/${_id}/approve`)),
    },
    {
      kind: "operator: edits and approves",
      strike: withDraft(({ _id }) =>
        post(`/api/reviews/${_id}/approve`, { text: `As I would put it: p${++spoken}p` }),
      ),
    },
    {
      kind: "operator: approves and withdraws",
      strike: withDraft(async ({ _id }) => {
        await post(`/api/reviews/${_id}/approve`);
        await post(`/api/reviews/${_id}/withdraw`);
      }),
    },
    {
      kind: "operator: rejects",
      strike: withDraft(({ _id }) => post(`/api/reviews/${_id}/reject`, { reason: "not today" })),
    },
  ];
}

async function draftsOf({ db }: SoakHub): Promise<AgentRun[]> {
  return db.collection<AgentRun>("agent_runs").find({ status: "awaiting_review" }).toArray();
}

async function cancelRun(hub: SoakHub, trouble: Trouble): Promise<boolean> {
  const runs = hub.db.collection<AgentRun>("agent_runs");
  const unfinished = await runs.find({ status: { $in: [...unfinishedStatuses] } }).toArray();
  const run = trouble.pick(unfinished);
  if (!run) return false;
  await hub.client.call("POST", `/api/agent-runs/${run._id}/cancel`, Any, {});
  return true;
}

async function takeOver(hub: SoakHub, trouble: Trouble): Promise<boolean> {
  const found = await hub.db.collection<Conversation>("conversations").find().toArray();
  const conversation = trouble.pick(found);
  if (!conversation) return false;
  const path = `/api/conversations/${conversation._id}`;
  await hub.client.call("POST", `${path}/take-over`, Any, {});
  await trouble.lasts(500, 1_500);
  const marker = `p${++spoken}p`;
  const body = { text: `A person here: ${marker}`, clientKey: marker };
  await hub.client.call("POST", `${path}/messages`, Any, body);
  await trouble.lasts(500, 2_000);
  await hub.client.call("POST", `${path}/hand-back`, Any, {});
  return true;
}
