import { usePolicies } from "#console/client/accounts.ts";
import { defineTexts, useTexts } from "#console/texts/texts.ts";

/** The policies that are there from the start; keys are their ids. */
const builtInTexts = defineTexts({
  auto: { en: "auto", zh: "自动回复" },
  "manual-review": { en: "manual-review", zh: "人工审核" },
  off: { en: "off", zh: "关闭" },
});

type Named = { _id: string; name: string };

/** How a policy is called here: as people named it, or one that nobody renamed in the reader's language. */
export function usePolicyName(): (policy: Named) => string {
  const t = useTexts(builtInTexts);
  const isBuiltIn = (id: string): id is keyof typeof builtInTexts => id in builtInTexts;
  return ({ _id, name }) => (name === _id && isBuiltIn(_id) ? t(_id) : name);
}

/** All policies for a choice, and the name of one by its id. */
export function usePolicyChoices() {
  const policies = usePolicies().data?.items ?? [];
  const nameOf = usePolicyName();
  const choices = policies.map((policy) => ({ value: policy._id, label: nameOf(policy) }));
  return {
    choices,
    nameOfId: (id: string) => choices.find(({ value }) => value === id)?.label ?? id,
  };
}
