import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendVerifyCode, type Login } from "#console/client/logins.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { addBotTexts } from "./texts.ts";

/** Some phones show digits that are to be typed here. */
export function VerifyCode({ login }: { login: Login }) {
  const t = useTexts(addBotTexts);
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const send = useMutation({
    mutationFn: () => sendVerifyCode(login._id, code),
    onSuccess: (after) => client.setQueryData(["logins", login._id], after),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      {send.error && <ErrorBox error={send.error} />}
      <Group align="flex-end">
        <TextInput
          label={t("digits")}
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="\d{4,8}"
          required
          withAsterisk={false}
          value={code}
          error={login.verifyCodeWrong ? t("digitsWrong") : undefined}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" loading={send.isPending}>
          {t("submit")}
        </Button>
      </Group>
    </form>
  );
}
