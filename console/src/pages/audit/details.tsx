import { Text } from "@mantine/core";
import { roles } from "#console/client/me.ts";
import { useRoleName } from "#console/parts/role-name.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { policyTexts } from "#console/pages/policies/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { changesIn, type Value } from "./changes.ts";
import { auditTexts } from "./texts.ts";

const names = {
  name: "name",
  role: "role",
  labels: "labels",
  owner: "owner",
  reason: "reason",
  policyId: "policy",
  model: "model",
  keyChanged: "keyChanged",
  alias: "alias",
  note: "note",
  until: "until",
  why: "reason",
  edited: "edited",
  hinted: "hinted",
  conversationId: "conversation",
  accountId: "bot",
  botId: "botId",
  tokenId: "token",
  loginId: "login",
  linkId: "link",
  expiresAt: "expiresAt",
  session: "session",
  attempts: "attempts",
  kind: "kind",
} as const;

/** What was otherwise before, field by field; the rest as name and value. */
export function Details({ details }: { details: Readonly<Record<string, Value>> }) {
  const wordOf = useWordOf();
  const nameOf = useNameOf();
  const { changes, rest } = changesIn(details);
  return (
    <Text component="div" size="xs" className="audit-details">
      {changes.map(({ field, was, is }) => (
        <div key={field}>
          {field !== "" && <span className="audit-field">{nameOf(field)} </span>}
          {was !== null && <del>{wordOf(field, was)}</del>}
          {was !== null && is !== null && " → "}
          {is !== null && <ins>{wordOf(field, is)}</ins>}
        </div>
      ))}
      {Object.entries(rest).map(([name, value]) => (
        <div key={name}>
          <span className="audit-field">{nameOf(name)} </span>
          {wordOf(name, value)}
        </div>
      ))}
    </Text>
  );
}

/** A field as the console calls it elsewhere; one that it does not know as the log has it. */
function useNameOf(): (field: string) => string {
  const t = useTexts(auditTexts);
  const ofPolicy = useTexts(policyTexts);
  return (field) => {
    const known = Object.entries(names).find(([key]) => key === field);
    if (known) return t(known[1]);
    return isPolicyText(field) ? ofPolicy(field) : field;
  };
}

function isPolicyText(field: string): field is keyof typeof policyTexts {
  return field in policyTexts;
}

function useWordOf(): (field: string, value: Value) => string {
  const t = useTexts(auditTexts);
  const ofPolicy = useTexts(policyTexts);
  const roleName = useRoleName();
  const time = useTimeWords();
  return (field, value) => {
    if (value === null) return "–";
    if (typeof value === "boolean" || value === "true" || value === "false") {
      return t(String(value) === "true" ? "yes" : "no");
    }
    const role = field === "role" && roles.find((each) => each === value);
    if (role) return roleName(role);
    if (field === "kind" && (value === "invite" || value === "reset")) return t(value);
    if (field === "expiresAt" && typeof value === "string") return time.absolute(value);
    const isChoice = field === "mode" || field === "memory";
    if (isChoice && typeof value === "string" && isPolicyText(value)) return ofPolicy(value);
    return String(value);
  };
}
