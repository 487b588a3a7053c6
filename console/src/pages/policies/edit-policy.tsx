import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { policiesKey } from "#console/client/accounts.ts";
import { answerOf, api } from "#console/client/api.ts";
import { useMayForAll } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useRequestKey } from "#console/parts/use-request-key.ts";
import { useTexts } from "#console/texts/texts.ts";
import { PolicyFields } from "./policy-fields.tsx";
import { complete, wantedOf, type PolicyDetail, type WantedPolicy } from "./read-policy.ts";
import { policyTexts } from "./texts.ts";
import { UsedBy } from "./used-by.tsx";

const fresh: WantedPolicy = {
  name: "",
  mode: "manual-review",
  debounceSeconds: 2,
  maxAnswerAgeMinutes: 720,
  answerVoice: false,
  memory: "conversation",
  busyNoticeSeconds: 300,
  maxRunsPerContactPerDay: 100,
  maxRunsPerAccountPerDay: 2_000,
};

/** A policy's form; without one, of a new policy. What was typed stays when saving fails. */
export function EditPolicy({
  policy,
  onClose,
}: {
  policy: PolicyDetail | null;
  onClose: () => void;
}) {
  const t = useTexts(policyTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  const mayEdit = useMayForAll("operator");
  const [wanted, setWanted] = useState<WantedPolicy>(() => (policy ? wantedOf(policy) : fresh));
  const once = useRequestKey(wanted);
  const save = useMutation({
    mutationFn: (given: WantedPolicy) => savePolicy(policy, complete(given), once),
    async onSuccess() {
      toasts.done(t("saved"));
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: policiesKey }),
        client.invalidateQueries({ queryKey: ["policy"] }),
      ]);
    },
  });
  const isMissingDay = wanted.hours?.days.length === 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isMissingDay) save.mutate(wanted);
      }}
    >
      <Stack>
        {policy && <UsedBy policy={policy} />}
        {!mayEdit && (
          <Text size="sm" c="dimmed">
            {t("readOnly")}
          </Text>
        )}
        <fieldset disabled={!mayEdit} className="bare-fieldset">
          <PolicyFields wanted={wanted} onChange={setWanted} />
        </fieldset>
        {save.error && <ErrorBox error={save.error} />}
        {mayEdit && (
          <Button type="submit" loading={save.isPending}>
            {t("save")}
          </Button>
        )}
      </Stack>
    </form>
  );
}

function savePolicy(
  policy: PolicyDetail | null,
  wanted: WantedPolicy,
  once: ReturnType<typeof useRequestKey>,
) {
  if (policy === null) return answerOf(api.policies.$post({ json: wanted }, once));
  const json = { ...wanted, version: policy.version };
  return answerOf(api.policies[":id"].$put({ param: { id: policy._id }, json }));
}
