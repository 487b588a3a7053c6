import { Anchor, Group, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { accountsKey, type ListedAccount } from "#console/client/accounts.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { readHeaderLines } from "./header-lines.ts";
import { hermesFormTexts } from "./hermes-form-texts.ts";

type Wanted = { baseUrl: string; profile: string; model: string; apiKey: string; headers: string };

/** The Hermes that answers for this bot alone; its key is written here and never read again. */
export default function OwnHermesForm({
  bot,
  onClose,
}: {
  bot: ListedAccount;
  onClose: () => void;
}) {
  const t = useTexts(hermesFormTexts);
  const [wanted, setWanted] = useState<Wanted>(() => wantedOf(bot));
  const { save, remove } = useChanges(bot, onClose);
  const headers = readHeaderLines(wanted.headers);
  const hasStoredKey = bot.hermes !== null;
  const field = (name: keyof Wanted) => ({
    label: t(name),
    value: wanted[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setWanted((before) => ({ ...before, [name]: value })),
  });
  return (
    <FormDialog
      title={t("title", { name: bot.name })}
      onClose={onClose}
      saving={{
        name: t("save"),
        isPending: save.isPending,
        start: () => {
          if (headers !== null) save.mutate({ wanted, headers });
        },
        errors: [save.error, remove.error],
      }}
      aside={
        hasStoredKey ? (
          <Anchor
            component="button"
            type="button"
            size="sm"
            c="var(--mantine-color-error)"
            onClick={remove.ask}
          >
            {t("remove")}
          </Anchor>
        ) : (
          <span />
        )
      }
    >
      <TextInput
        {...field("baseUrl")}
        description={t("baseUrlHint")}
        placeholder="https://hermes.example.com/v1"
        type="url"
        required
        withAsterisk={false}
        maxLength={500}
        data-autofocus
      />
      <PasswordInput
        {...field("apiKey")}
        description={t(hasStoredKey ? "keyKept" : "keyHint")}
        autoComplete="new-password"
        required={!hasStoredKey}
        withAsterisk={false}
        maxLength={500}
      />
      <Group grow align="flex-start">
        <TextInput {...field("profile")} description={t("profileHint")} maxLength={64} />
        <TextInput {...field("model")} description={t("modelHint")} maxLength={200} />
      </Group>
      <Textarea
        {...field("headers")}
        description={t("headersHint")}
        placeholder="CF-Access-Client-Id: …"
        autosize
        minRows={2}
        error={headers === null ? t("headersWrong") : undefined}
        disabled={wanted.apiKey === ""}
      />
    </FormDialog>
  );
}

function useChanges(bot: ListedAccount, onClose: () => void) {
  const t = useTexts(hermesFormTexts);
  const toasts = useToasts();
  const confirm = useConfirm();
  const client = useQueryClient();
  const ofBot = api.accounts[":id"].hermes;
  const onSuccess = async () => {
    toasts.done(t("saved"));
    onClose();
    await Promise.all([
      client.invalidateQueries({ queryKey: accountsKey }),
      client.invalidateQueries({ queryKey: ["hermes"] }),
    ]);
  };
  const save = useMutation({
    mutationFn: ({ wanted, headers }: { wanted: Wanted; headers: Record<string, string> }) =>
      answerOf(ofBot.$put({ param: { id: bot._id }, json: bodyOf(wanted, headers) })),
    onSuccess,
  });
  const removal = useMutation({
    mutationFn: () => answerOf(ofBot.$delete({ param: { id: bot._id } })),
    onSuccess,
  });
  const ask = async () => {
    const question = {
      title: t("removeAsk"),
      text: t("removeText"),
      confirm: t("remove"),
      danger: true,
    };
    if (await confirm(question)) removal.mutate();
  };
  return { save, remove: { error: removal.error, ask: () => void ask() } };
}

/** The stored address carries the profile, which the form has apart. */
function wantedOf({ hermes }: ListedAccount): Wanted {
  const baseUrl = hermes?.baseUrl.replace(/\/p\/[^/]+\/v1$/, "/v1") ?? "";
  const { profile, model } = hermes ?? { profile: null, model: null };
  return { baseUrl, profile: profile ?? "", model: model ?? "", apiKey: "", headers: "" };
}

/** Headers are kept beside the key, so without a new key the stored ones stay as they are. */
function bodyOf({ baseUrl, profile, model, apiKey }: Wanted, extraHeaders: Record<string, string>) {
  const trimmed = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    baseUrl: baseUrl.trim(),
    profile: trimmed(profile),
    model: trimmed(model),
    ...(apiKey === "" ? {} : { apiKey, extraHeaders }),
  };
}
