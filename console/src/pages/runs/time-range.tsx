import { TextInput } from "@mantine/core";

/** A moment as the reader's own clock shows it; the address keeps it in UTC. */
export function DateTimePicker({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (at: string | null) => void;
}) {
  return (
    <TextInput
      type="datetime-local"
      size="xs"
      w={190}
      aria-label={label}
      title={label}
      value={value === undefined ? "" : localOf(value)}
      onChange={({ currentTarget }) => {
        const at = new Date(currentTarget.value);
        onChange(Number.isNaN(at.getTime()) ? null : at.toISOString());
      }}
    />
  );
}

function localOf(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
