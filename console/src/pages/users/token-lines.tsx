import { Button, Group, Text } from "@mantine/core";
import type { QueryKey } from "@tanstack/react-query";
import { answerOf, api } from "#console/client/api.ts";
import type { Role } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { useRoleName } from "#console/parts/role-name.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { userTexts } from "./texts.ts";

type Token = {
  _id: string;
  name: string;
  role: Role;
  expiresAt: string | null;
  revokedAt: string | null;
};

export function isGood({ revokedAt }: Pick<Token, "revokedAt">): boolean {
  return revokedAt === null;
}

/** Tokens that are not revoked, each with the way to end it. */
export function TokenLines({
  tokens,
  renews,
}: {
  tokens: readonly Token[];
  renews: readonly QueryKey[];
}) {
  const t = useTexts(userTexts);
  const roleName = useRoleName();
  const confirm = useConfirm();
  const toasts = useToasts();
  const revoke = useOptimistic({
    change: (id: string) => answerOf(api.tokens[":id"].revoke.$post({ param: { id } })),
    renews,
    onDone: () => toasts.done(t("revoked")),
  });
  const ask = async ({ _id, name }: Token) => {
    const question = {
      title: t("revokeAsk", { name }),
      text: t("revokeText"),
      confirm: t("revoke"),
      danger: true,
    };
    if (await confirm(question)) revoke.mutate(_id);
  };
  // What is being revoked is gone at once, and comes back if that fails.
  const going = revoke.isPending ? revoke.variables : null;
  const good = tokens.filter((token) => isGood(token) && token._id !== going);
  if (good.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noTokens")}
      </Text>
    );
  }
  return good.map((token) => (
    <div key={token._id} className="fact">
      <Text size="sm">
        {token.name} · {roleName(token.role)}
      </Text>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          {token.expiresAt === null ? (
            t("forever")
          ) : (
            <>
              {t("ends")} <RelativeTime at={token.expiresAt} />
            </>
          )}
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={t("revokeOne", { name: token.name })}
          onClick={() => void ask(token)}
        >
          {t("revoke")}
        </Button>
      </Group>
    </div>
  ));
}
