import { Button, Group, Select, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { roles, useMe, type Role } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useRoleName } from "#console/parts/role-name.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useRequestKey } from "#console/parts/use-request-key.ts";
import { useTexts } from "#console/texts/texts.ts";
import { ShownOnce } from "./shown-once.tsx";
import { TokenLines } from "./token-lines.tsx";
import { userTexts } from "./texts.ts";

const tokensKey = ["tokens"] as const;
const terms = [30, 90, 365];

/** One's own tokens: made, shown once, revoked. */
export function Tokens() {
  const t = useTexts(userTexts);
  const list = useQuery({
    queryKey: tokensKey,
    queryFn: () => listOf(answerOf(api.tokens.$get({ query: {} }))),
  });
  return (
    <section className="panel facts">
      <Title order={2} size="h5">
        {t("tokens")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("tokensHint")}
      </Text>
      {list.isLoading && <Skeleton height={60} />}
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && <TokenLines tokens={list.data.items} renews={[tokensKey]} />}
      <NewToken />
    </section>
  );
}

function NewToken() {
  const t = useTexts(userTexts);
  const roleName = useRoleName();
  const mine = useMe().data?.role ?? "viewer";
  const mayGive = roles.slice(0, roles.indexOf(mine) + 1);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState<string>("90");
  const [secret, setSecret] = useState<string | null>(null);
  const once = useRequestKey({ name, role, days });
  const make = useOptimistic({
    change: (json: { name: string; role: Role; expiresInDays: number | null }) =>
      answerOf(api.tokens.$post({ json }, once)),
    renews: [tokensKey],
    onDone(made) {
      setName("");
      setSecret(made.secret);
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate({ name, role, expiresInDays: days === "never" ? null : Number(days) });
      }}
    >
      <Group align="flex-end" mt="md" gap="sm">
        <TextInput
          label={t("tokenName")}
          required
          withAsterisk={false}
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("role")}
          w={140}
          data={mayGive.map((value) => ({ value, label: roleName(value) }))}
          value={role}
          allowDeselect={false}
          onChange={(value) => setRole(mayGive.find((each) => each === value) ?? role)}
        />
        <Select
          label={t("days")}
          w={140}
          data={[
            ...terms.map((n) => ({ value: String(n), label: t("nDays", { n }) })),
            { value: "never", label: t("forever") },
          ]}
          value={days}
          allowDeselect={false}
          onChange={(value) => setDays(value ?? days)}
        />
        <Button type="submit" variant="default" loading={make.isPending}>
          {t("makeToken")}
        </Button>
      </Group>
      {secret !== null && (
        <ShownOnce
          title={t("secretTitle")}
          hint={t("secretHint")}
          value={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </form>
  );
}
