import {
  Anchor,
  Button,
  Checkbox,
  Group,
  Select,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { policiesKey } from "#console/client/accounts.ts";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { policyTexts } from "./texts.ts";

export function readPolicy(id: string) {
  return answerOf(api.policies[":id"].$get({ param: { id } }));
}
type Policy = Awaited<ReturnType<typeof readPolicy>>;
type Wanted = Parameters<typeof api.policies.$post>[0]["json"];

const modes = ["auto", "manual-review", "off"] as const;
const memories = ["conversation", "none"] as const;
const numbers = [
  ["debounceSeconds", 0, 15],
  ["maxAnswerAgeMinutes", 1, undefined],
  ["busyNoticeSeconds", 1, undefined],
  ["maxRunsPerContactPerDay", 1, undefined],
  ["maxRunsPerAccountPerDay", 1, undefined],
] as const;
const texts = ["noticeText", "busyNoticeText", "continueText"] as const;

const fresh: Wanted = {
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
export function EditPolicy({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const t = useTexts(policyTexts);
  const toasts = useToasts();
  const mayEdit = useMay("operator");
  const [wanted, setWanted] = useState<Wanted>(() => (policy ? wantedOf(policy) : fresh));
  const save = useOptimistic({
    change: (given: Wanted) => {
      const json = complete(given);
      if (policy === null) return answerOf(api.policies.$post({ json }));
      const param = { id: policy._id };
      return answerOf(
        api.policies[":id"].$put({ param, json: { ...json, version: policy.version } }),
      );
    },
    renews: [policiesKey, ["policy"]],
    onDone() {
      toasts.done(t("saved"));
      onClose();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(wanted);
      }}
    >
      <fieldset disabled={!mayEdit} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack gap="sm">
          <TextInput
            label={t("name")}
            required
            withAsterisk={false}
            maxLength={100}
            value={wanted.name}
            onChange={(event) => setWanted({ ...wanted, name: event.currentTarget.value })}
          />
          <Select
            label={t("mode")}
            data={modes.map((value) => ({ value, label: t(value) }))}
            value={wanted.mode}
            allowDeselect={false}
            onChange={(value) =>
              setWanted({ ...wanted, mode: modes.find((each) => each === value) ?? wanted.mode })
            }
          />
          <Select
            label={t("memory")}
            data={memories.map((value) => ({ value, label: t(value) }))}
            value={wanted.memory}
            allowDeselect={false}
            onChange={(value) =>
              setWanted({
                ...wanted,
                memory: memories.find((each) => each === value) ?? wanted.memory,
              })
            }
          />
          {numbers.map(([field, min, max]) => (
            <TextInput
              key={field}
              type="number"
              label={t(field)}
              min={min}
              max={max}
              required
              withAsterisk={false}
              value={wanted[field] ?? ""}
              onChange={({ currentTarget: { value } }) =>
                setWanted({ ...wanted, [field]: value === "" ? min : Number(value) })
              }
            />
          ))}
          <Checkbox
            label={t("answerVoice")}
            checked={wanted.answerVoice}
            onChange={(event) => setWanted({ ...wanted, answerVoice: event.currentTarget.checked })}
          />
          {texts.map((field) => (
            <Textarea
              key={field}
              label={t(field)}
              autosize
              minRows={2}
              value={wanted[field] ?? ""}
              onChange={(event) => setWanted({ ...wanted, [field]: event.currentTarget.value })}
            />
          ))}
          <TagsInput
            label={t("continueWords")}
            maxTags={50}
            value={wanted.continueWords ?? []}
            onChange={(continueWords) => setWanted({ ...wanted, continueWords })}
          />
          {policy && <UsedBy accounts={policy.accounts} />}
          {mayEdit && (
            <Button type="submit" loading={save.isPending}>
              {t("save")}
            </Button>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}

function UsedBy({ accounts }: Pick<Policy, "accounts">) {
  const t = useTexts(policyTexts);
  return (
    <div>
      <Text size="sm" fw={600}>
        {t("usedBy")}
      </Text>
      {accounts.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("nobody")}
        </Text>
      )}
      <Group gap="xs">
        {accounts.map(({ _id, name }) => (
          <Anchor key={_id} component={Link} href={`/bots/${_id}`} size="sm">
            {name}
          </Anchor>
        ))}
      </Group>
    </div>
  );
}

/** Only what may be changed. */
function wantedOf(policy: Policy): Wanted {
  const { _id, version: _v, requiresHumanReview: _r, accounts: _a, ...wanted } = policy;
  return wanted;
}

/** What is left empty is left out: then the hub's own words hold. */
function complete({
  noticeText,
  busyNoticeText,
  continueText,
  continueWords,
  ...rest
}: Wanted): Wanted {
  return {
    ...rest,
    ...(noticeText?.trim() ? { noticeText } : {}),
    ...(busyNoticeText?.trim() ? { busyNoticeText } : {}),
    ...(continueText?.trim() ? { continueText } : {}),
    ...(continueWords?.length ? { continueWords } : {}),
  };
}
