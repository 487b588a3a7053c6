import { Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import type { Hours } from "./read-policy.ts";
import { policyTexts } from "./texts.ts";

const days = [1, 2, 3, 4, 5, 6, 7] as const;
/** 1 January 2024 was a Monday. */
const mondayMs = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;

/** When bots answer alone; without hours, around the clock. */
export function HoursField({
  hours,
  onChange,
}: {
  hours: Hours | undefined;
  onChange: (hours: Hours | undefined) => void;
}) {
  const t = useTexts(policyTexts);
  const { zone, locale } = useLanguage();
  const dayName = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  const usual: Hours = { zone, days: [1, 2, 3, 4, 5], from: "09:00", to: "18:00" };
  return (
    <Stack gap="xs">
      <Checkbox
        label={t("hours")}
        description={t("hoursHint")}
        checked={hours !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? usual : undefined)}
      />
      {hours && (
        <Stack gap="xs" pl={28}>
          <Group gap="md" role="group" aria-label={t("days")}>
            {days.map((day) => (
              <Checkbox
                key={day}
                size="xs"
                label={dayName.format(mondayMs + (day - 1) * dayMs)}
                checked={hours.days.includes(day)}
                onChange={(event) =>
                  onChange({ ...hours, days: chosen(hours.days, day, event.currentTarget.checked) })
                }
              />
            ))}
          </Group>
          {hours.days.length === 0 && (
            <Text size="xs" c="var(--mantine-color-error)" role="alert">
              {t("noDay")}
            </Text>
          )}
          <Group grow align="flex-start">
            {(["from", "to"] as const).map((end) => (
              <TextInput
                key={end}
                type="time"
                label={t(end)}
                required
                withAsterisk={false}
                value={hours[end]}
                onChange={(event) => onChange({ ...hours, [end]: event.currentTarget.value })}
              />
            ))}
            <Select
              label={t("zone")}
              data={[...new Set([hours.zone, zone, "UTC", ...Intl.supportedValuesOf("timeZone")])]}
              value={hours.zone}
              searchable
              limit={60}
              allowDeselect={false}
              onChange={(value) => onChange({ ...hours, zone: value ?? hours.zone })}
            />
          </Group>
          {hours.from > hours.to && (
            <Text size="xs" c="dimmed">
              {t("overnight")}
            </Text>
          )}
        </Stack>
      )}
    </Stack>
  );
}

function chosen(before: readonly number[], day: number, isOn: boolean): number[] {
  return days.filter((each) => (each === day ? isOn : before.includes(each)));
}
