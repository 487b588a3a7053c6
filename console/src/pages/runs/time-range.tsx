import { Text, TextInput } from "@mantine/core";
import { momentOf, wallOf } from "#console/parts/day-bounds.ts";
import { useLanguage } from "#console/texts/language.tsx";

/** A moment as clocks in the reader's zone show it; the address keeps it in UTC. */
export function MomentFilter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (at: string | null) => void;
}) {
  const { zone } = useLanguage();
  return (
    <TextInput
      type="datetime-local"
      size="xs"
      w={190}
      aria-label={`${label} (${zone})`}
      title={`${label} (${zone})`}
      leftSection={<Text size="xs">{label}</Text>}
      leftSectionWidth={44}
      value={value === undefined ? "" : wallOf(value, zone)}
      onChange={({ currentTarget }) => onChange(momentOf(currentTarget.value, zone))}
    />
  );
}
