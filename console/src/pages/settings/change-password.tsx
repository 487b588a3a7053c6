import { Button, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { settingsTexts } from "./texts.ts";

/** A new password for who is signed in; what was typed stays when it is refused. */
export function ChangePassword() {
  const t = useTexts(settingsTexts);
  const toasts = useToasts();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => answerOf(api.me.$put({ json: { password: { current, next } } })),
    onSuccess() {
      setCurrent("");
      setNext("");
      toasts.done(t("changed"));
    },
  });
  return (
    <Paper className="panel facts">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack maw={420}>
          <Title order={2} size="h5">
            {t("password")}
          </Title>
          {change.error && <ErrorBox error={change.error} />}
          <PasswordInput
            label={t("current")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("next")}
            description={t("nextHint")}
            autoComplete="new-password"
            minLength={10}
            required
            withAsterisk={false}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          <Button type="submit" loading={change.isPending} w="fit-content">
            {t("change")}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
