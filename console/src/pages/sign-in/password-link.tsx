import { Button, PasswordInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useRoleName } from "#console/parts/role-name.ts";
import { useTexts } from "#console/texts/texts.ts";
import { Card } from "./card.tsx";
import { signInTexts } from "./texts.ts";

/** `/welcome#secret`: an invited person sets name and password, another one a new password. */
export default function PasswordLink() {
  const t = useTexts(signInTexts);
  const roleName = useRoleName();
  const [secret] = useState(() => location.hash.slice(1));
  const link = useQuery({
    queryKey: ["password-link"],
    queryFn: () => answerOf(api.invites.look.$post({ json: { secret } })),
    enabled: secret !== "",
    retry: false,
    staleTime: Infinity,
  });
  if (secret === "") {
    return (
      <Card title={t("noLink")} hint={t("noLinkHint")}>
        {null}
      </Card>
    );
  }
  if (link.error) {
    return (
      <Card title={t("resetTitle")} hint={t("noLinkHint")}>
        <ErrorBox error={link.error} />
      </Card>
    );
  }
  const { data } = link;
  if (!data) return <Skeleton height={240} maw={380} mx="auto" mt="20vh" />;
  const isInvite = data.kind === "invite";
  const hint = isInvite
    ? t("inviteHint", { role: roleName(data.role) })
    : t("resetHint", { name: data.name });
  return (
    <Card title={t(isInvite ? "inviteTitle" : "resetTitle")} hint={hint}>
      <NewPassword secret={secret} suggestedName={data.name} isInvite={isInvite} />
    </Card>
  );
}

function NewPassword({
  secret,
  suggestedName,
  isInvite,
}: {
  secret: string;
  suggestedName: string;
  isInvite: boolean;
}) {
  const t = useTexts(signInTexts);
  const [name, setName] = useState(suggestedName);
  const [password, setPassword] = useState("");
  const save = useMutation({
    async mutationFn() {
      const json = { secret, name: isInvite ? name : null, password };
      const accepted = await answerOf(api.invites.accept.$post({ json }));
      await answerOf(api["sign-in"].$post({ json: { name: accepted.name, password } }));
    },
    onSuccess: () => location.assign("/"),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        {save.error && <ErrorBox error={save.error} />}
        <TextInput
          label={t("name")}
          autoComplete="username"
          readOnly={!isInvite}
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("password")}
          description={t("passwordHint")}
          autoComplete="new-password"
          minLength={10}
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={save.isPending}>
          {t("save")}
        </Button>
      </Stack>
    </form>
  );
}
