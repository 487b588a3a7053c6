import { Text } from "@mantine/core";
import { roles } from "#console/client/me.ts";
import { useRoleName } from "#console/parts/role-name.ts";
import { useTexts } from "#console/texts/texts.ts";
import { changesOf } from "./changes.ts";
import { auditTexts } from "./texts.ts";

type Value = string | number | boolean | null;

const names = {
  name: "name",
  role: "role",
  labels: "labels",
  reason: "reason",
  policyId: "policy",
  model: "model",
  keyChanged: "keyChanged",
  alias: "alias",
  until: "until",
  why: "reason",
  edited: "edited",
  conversationId: "conversation",
  accountId: "bot",
  tokenId: "token",
} as const;

/** What was otherwise before, field by field; the rest as name and value. */
export function Details({ details }: { details: Readonly<Record<string, Value>> }) {
  const t = useTexts(auditTexts);
  const { before, after, ...rest } = details;
  const nameOf = (name: string) => {
    const known = Object.entries(names).find(([key]) => key === name);
    return known ? t(known[1]) : name;
  };
  const roleName = useRoleName();
  const shownAs = (name: string, value: Value) => {
    const role = name === "role" ? roles.find((each) => each === value) : undefined;
    if (role) return roleName(role);
    return typeof value === "boolean" ? t(value ? "yes" : "no") : (value ?? "–");
  };
  const changes = changesOf(before, after);
  return (
    <Text component="div" size="xs" className="audit-details">
      {changes.map(({ field, was, is }) => (
        <div key={field}>
          {field !== "" && <span className="audit-field">{field} </span>}
          {was !== null && <del>{was}</del>}
          {was !== null && is !== null && " → "}
          {is !== null && <ins>{is}</ins>}
        </div>
      ))}
      {Object.entries(rest).map(([name, value]) => (
        <div key={name}>
          <span className="audit-field">{nameOf(name)} </span>
          {shownAs(name, value)}
        </div>
      ))}
    </Text>
  );
}
