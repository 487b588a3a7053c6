import { Checkbox, Select, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { accountsKey, useLabels, type ListedAccount } from "#console/client/accounts.ts";
import { usePolicyChoices } from "#console/parts/policy-name.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { botTexts } from "./texts.ts";

type Wanted = {
  name: string;
  labels: string[];
  owner: string;
  policyId: string;
  echo: boolean;
};

/** Name, labels, owner, policy and how its bubbles are sent; what was typed stays when saving fails. */
export default function EditBot({ bot, onClose }: { bot: ListedAccount; onClose: () => void }) {
  const t = useTexts(botTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  const { choices } = usePolicyChoices();
  const labels = useLabels().data?.items ?? [];
  const [opened] = useState<Wanted>(() => ({
    name: bot.name,
    labels: bot.labels,
    owner: bot.owner ?? "",
    policyId: bot.policyId,
    echo: bot.echoContextToken,
  }));
  const [wanted, setWanted] = useState(opened);
  const save = useMutation({
    // Only what was changed here: somebody else may have changed the rest meanwhile.
    async mutationFn({ policyId, echo, owner, name, labels }: Wanted) {
      const param = { id: bot._id };
      const json = {
        ...(name === opened.name ? {} : { name }),
        ...(labels.join("\n") === opened.labels.join("\n") ? {} : { labels }),
        ...(owner === opened.owner ? {} : { owner: owner.trim() === "" ? null : owner.trim() }),
      };
      if (Object.keys(json).length > 0) {
        await answerOf(api.accounts[":id"].$put({ param, json }));
      }
      if (policyId !== opened.policyId) {
        await answerOf(api.accounts[":id"].policy.$put({ param, json: { policyId } }));
      }
      if (echo !== opened.echo) {
        await answerOf(api.accounts[":id"]["echo-context-token"].$put({ param, json: { echo } }));
      }
    },
    async onSuccess() {
      toasts.done(t("saved"));
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: accountsKey }),
        client.invalidateQueries({ queryKey: ["labels"] }),
      ]);
    },
  });
  return (
    <FormDialog
      title={t("edit")}
      onClose={onClose}
      saving={{
        name: t("save"),
        isPending: save.isPending,
        start: () => save.mutate(wanted),
        errors: [save.error],
      }}
    >
      <TextInput
        label={t("name")}
        required
        withAsterisk={false}
        maxLength={100}
        value={wanted.name}
        onChange={(event) => setWanted({ ...wanted, name: event.currentTarget.value })}
      />
      <TagsInput
        label={t("labels")}
        data={labels.map(({ label }) => label)}
        value={wanted.labels}
        maxTags={20}
        onChange={(value) => setWanted({ ...wanted, labels: value })}
      />
      <TextInput
        label={t("owner")}
        maxLength={100}
        value={wanted.owner}
        onChange={(event) => setWanted({ ...wanted, owner: event.currentTarget.value })}
      />
      <Select
        label={t("policy")}
        data={choices}
        value={wanted.policyId}
        allowDeselect={false}
        onChange={(value) => setWanted({ ...wanted, policyId: value ?? wanted.policyId })}
      />
      <Checkbox
        label={t("echo")}
        description={t("echoHint")}
        checked={wanted.echo}
        onChange={(event) => setWanted({ ...wanted, echo: event.currentTarget.checked })}
      />
    </FormDialog>
  );
}
