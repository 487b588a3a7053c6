import type { Role } from "#console/client/me.ts";
import { defineTexts, useTexts } from "#console/texts/texts.ts";

export const roleTexts = defineTexts({
  viewer: { en: "Viewer", zh: "查看者" },
  reviewer: { en: "Reviewer", zh: "审核员" },
  operator: { en: "Operator", zh: "运营" },
  owner: { en: "Owner", zh: "所有者" },
});

export function useRoleName(): (role: Role) => string {
  return useTexts(roleTexts);
}
