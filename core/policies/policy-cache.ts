import type { Deps } from "#core/shared/deps.ts";
import { defaultPolicyId, type Policy } from "./policy.ts";
import { policyStore } from "./policy.store.ts";

const lifeMs = 10_000;

/**
 * Policies for a poller, which only needs debounce and what counts as text; read again after ten
 * seconds. What is answered is decided by the agent Lambda from the database.
 */
export function createPolicyCache(deps: Deps) {
  const known = new Map<string, { policy: Policy; readAt: number }>();
  return {
    async get(policyId: string): Promise<Policy> {
      const now = deps.clock.now().getTime();
      const cached = known.get(policyId);
      if (cached && now - cached.readAt < lifeMs) return cached.policy;
      const store = policyStore(deps.db);
      const policy = (await store.find(policyId)) ?? (await store.get(defaultPolicyId));
      known.set(policyId, { policy, readAt: now });
      return policy;
    },
  };
}

export type PolicyCache = ReturnType<typeof createPolicyCache>;
