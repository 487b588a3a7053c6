import {
  Checkbox,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";

import type { ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { HoursField } from "./hours-field.tsx";
import type { WantedPolicy } from "./read-policy.ts";
import { policyTexts } from "./texts.ts";

const modes = ["auto", "manual-review", "off"] as const;
const memories = ["conversation", "none"] as const;
const modeHints = { auto: "autoHint", "manual-review": "reviewHint", off: "offHint" } as const;
const caps = [
  ["maxRunsPerContactPerDay", "perDay"],
  ["maxRunsPerAccountPerDay", "perDay"],
] as const;
const notices = ["noticeText", "busyNoticeText", "continueText"] as const;

type Given = { wanted: WantedPolicy; onChange: (wanted: WantedPolicy) => void };

/** All that people choose of a policy, in the order in which a message meets it. */
export function PolicyFields({ wanted, onChange }: Given) {
  const t = useTexts(policyTexts);
  return (
    <Stack gap="lg">
      <Part title={t("partWho")}>
        <TextInput
          label={t("name")}
          required
          withAsterisk={false}
          maxLength={100}
          value={wanted.name}
          onChange={(event) => onChange({ ...wanted, name: event.currentTarget.value })}
        />
        <Select
          label={t("mode")}
          description={t(modeHints[wanted.mode])}
          data={modes.map((value) => ({ value, label: t(value) }))}
          value={wanted.mode}
          allowDeselect={false}
          onChange={(value) =>
            onChange({ ...wanted, mode: modes.find((each) => each === value) ?? wanted.mode })
          }
        />
        {wanted.mode === "auto" && (
          <HoursField
            hours={wanted.hours}
            onChange={(hours) => {
              const { hours: _, ...rest } = wanted;
              onChange(hours === undefined ? rest : { ...rest, hours });
            }}
          />
        )}
        <Whole {...{ wanted, onChange }} field="maxAnswerAgeMinutes" min={1} hint="ageHint" />
      </Part>
      <Part title={t("partQuestion")}>
        <Whole
          {...{ wanted, onChange }}
          field="debounceSeconds"
          min={0}
          max={15}
          hint="burstHint"
        />
        <Select
          label={t("memory")}
          data={memories.map((value) => ({ value, label: t(value) }))}
          value={wanted.memory}
          allowDeselect={false}
          onChange={(value) =>
            onChange({
              ...wanted,
              memory: memories.find((each) => each === value) ?? wanted.memory,
            })
          }
        />
        <Checkbox
          label={t("answerVoice")}
          checked={wanted.answerVoice}
          onChange={(event) => onChange({ ...wanted, answerVoice: event.currentTarget.checked })}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {caps.map(([field, hint]) => (
            <Whole key={field} {...{ wanted, onChange, field, hint }} min={1} />
          ))}
        </SimpleGrid>
      </Part>
      <Part title={t("partWords")}>
        <Whole {...{ wanted, onChange }} field="busyNoticeSeconds" min={1} hint="busyHint" />
        {notices.map((field) => (
          <Textarea
            key={field}
            label={t(field)}
            placeholder={t("hubsWords")}
            autosize
            minRows={2}
            maxLength={1_000}
            value={wanted[field] ?? ""}
            onChange={(event) => onChange({ ...wanted, [field]: event.currentTarget.value })}
          />
        ))}
        <TagsInput
          label={t("continueWords")}
          description={t("continueHint")}
          maxTags={50}
          value={wanted.continueWords ?? []}
          onChange={(continueWords) => onChange({ ...wanted, continueWords })}
        />
      </Part>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} size="h6" mb={6}>
        {title}
      </Title>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

type WholeField =
  | "debounceSeconds"
  | "maxAnswerAgeMinutes"
  | "busyNoticeSeconds"
  | "maxRunsPerContactPerDay"
  | "maxRunsPerAccountPerDay";

/** A whole number; while it is being typed it may be empty, which the browser refuses on saving. */
function Whole({
  wanted,
  onChange,
  field,
  min,
  max,
  hint,
}: Given & { field: WholeField; min: number; max?: number; hint: keyof typeof policyTexts }) {
  const t = useTexts(policyTexts);
  const value = wanted[field];
  return (
    <TextInput
      type="number"
      label={t(field)}
      description={t(hint)}
      min={min}
      {...(max === undefined ? {} : { max })}
      step={1}
      required
      withAsterisk={false}
      value={value === undefined || Number.isNaN(value) ? "" : value}
      onChange={({ currentTarget: { valueAsNumber } }) =>
        onChange({ ...wanted, [field]: valueAsNumber })
      }
    />
  );
}
