import { createPolicy, WantedPolicy } from "#core/policies/change-policy.ts";
import { builtInPolicies } from "#core/policies/policy.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { createUser } from "#core/users/manage-users.ts";
import { newSecret } from "#core/users/secrets.ts";
import { depsAt, type SampleDeps, type SampleSource } from "./source.ts";

/** As the command calls itself that makes an empty hub's first users. */
const actor: Actor = { kind: "operator", id: "user-create" };
const madeDaysAgo = 31;

const members = [
  { name: "day desk", role: "operator", labels: null },
  { name: "head office", role: "operator", labels: null },
  { name: "evening desk", role: "reviewer", labels: null },
  { name: "dining reviews", role: "reviewer", labels: ["dining"] },
  { name: "bookkeeping", role: "viewer", labels: null },
] as const;

/** Who did what was done in the sample, and by which policies the bots answer; for an empty hub. */
export async function makeTeam(
  now: SampleDeps,
): Promise<Pick<SampleSource, "people" | "policies">> {
  const deps = depsAt(now, plusSeconds(now.clock.now(), -madeDaysAgo * 86_400));
  const operators: string[] = [];
  const reviewers: string[] = [];
  for (const { labels, ...member } of members) {
    const wanted = { ...member, labels: labels && [...labels], password: newSecret() };
    const { _id } = await createUser(deps, actor, wanted);
    if (member.role === "operator") operators.push(_id);
    if (member.role !== "viewer" && labels === null) reviewers.push(_id);
  }
  const careful = await createPolicy(deps, actor, {
    ...builtIn("manual-review"),
    name: "careful, bilingual notice",
    maxAnswerAgeMinutes: 120,
    noticeText: "已收到您的消息，稍后回复。/ We have your message and will answer shortly.",
  });
  const quick = await createPolicy(deps, actor, {
    ...builtIn("auto"),
    name: "quick counter",
    debounceSeconds: 1,
    maxRunsPerContactPerDay: 40,
    continueWords: ["继续", "更多", "continue", "more"],
  });
  return {
    people: { operators, reviewers },
    policies: { reviewed: ["manual-review", careful._id], auto: ["auto", quick._id, "auto"] },
  };
}

function builtIn(id: string): WantedPolicy {
  const found = builtInPolicies.find(({ _id }) => _id === id);
  if (!found) throw new Error(`There is no built-in policy ${id}.`);
  return WantedPolicy.parse(found);
}
