import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { meKey } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { Card } from "./card.tsx";
import { signInTexts } from "./texts.ts";

/** Stands in place of every page until somebody is signed in; the wanted address stays. */
export default function SignIn() {
  const t = useTexts(signInTexts);
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => answerOf(api["sign-in"].$post({ json: { name, password } })),
    onSuccess: () => client.invalidateQueries({ queryKey: meKey }),
  });
  return (
    <Card title={t("title")} hint={t("hint")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Stack>
          {signIn.error && <ErrorBox error={signIn.error} />}
          <TextInput
            label={t("name")}
            autoComplete="username"
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <PasswordInput
            label={t("password")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={signIn.isPending}>
            {t("signIn")}
          </Button>
          <Text size="xs" c="dimmed">
            {t("forgot")}
          </Text>
        </Stack>
      </form>
    </Card>
  );
}
