import { Button, Group, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { accountsKey, useLabels } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { EmptyNoRight } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { usePolicyChoices } from "#console/parts/policy-name.ts";
import { Page } from "#console/parts/page.tsx";
import { useRequestKey } from "#console/parts/use-request-key.ts";
import { useTexts } from "#console/texts/texts.ts";
import { SameName } from "./same-name.tsx";
import { addBotTexts } from "./texts.ts";
import { WhatComesNext } from "./what-comes-next.tsx";

/** Names a new bot; its QR code is the next page, which one may leave and come back to. */
export default function AddBot() {
  const t = useTexts(addBotTexts);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const { choices } = usePolicyChoices();
  const labels = useLabels().data?.items ?? [];
  const mayAdd = useMay("operator");
  const [wanted, setWanted] = useState({
    name: "",
    labels: Array<string>(),
    owner: "",
    policyId: "auto",
  });
  const once = useRequestKey(wanted);
  const create = useMutation({
    mutationFn: () =>
      answerOf(
        api.accounts.$post(
          { json: { ...wanted, owner: wanted.owner.trim() === "" ? null : wanted.owner.trim() } },
          once,
        ),
      ),
    onSuccess({ _id }) {
      void client.invalidateQueries({ queryKey: accountsKey });
      navigate(`/bots/${_id}/scan`);
    },
  });
  if (!mayAdd) {
    return (
      <Page title={t("title")}>
        <EmptyNoRight needs="operator" />
      </Page>
    );
  }
  return (
    <Page title={t("title")} hint={t("hint")}>
      <Group align="flex-start" gap="lg">
        <form
          className="add-bot-form"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack className="panel facts">
            {create.error && <ErrorBox error={create.error} />}
            <TextInput
              label={t("name")}
              description={t("nameHint")}
              required
              withAsterisk={false}
              maxLength={100}
              data-autofocus
              value={wanted.name}
              onChange={(event) => setWanted({ ...wanted, name: event.currentTarget.value })}
            />
            <SameName name={wanted.name} />
            <TagsInput
              label={t("labels")}
              description={t("labelsHint")}
              data={labels.map(({ label }) => label)}
              maxTags={20}
              value={wanted.labels}
              onChange={(value) => setWanted({ ...wanted, labels: value })}
            />
            <TextInput
              label={t("owner")}
              description={t("ownerHint")}
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
            <Button type="submit" loading={create.isPending}>
              {t("create")}
            </Button>
          </Stack>
        </form>
        <WhatComesNext />
      </Group>
    </Page>
  );
}
