import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/** A list's filters in one row; `onClear` only while one is set. */
export function FilterBar({ children, onClear }: { children: ReactNode; onClear?: () => void }) {
  const t = useTexts(partTexts);
  return (
    <Group gap="xs" role="search">
      {children}
      {onClear && (
        <Button variant="subtle" size="xs" leftSection={<IconX size={14} />} onClick={onClear}>
          {t("clearFilters")}
        </Button>
      )}
    </Group>
  );
}

/** Searches a moment after the last key; `/` leads here from anywhere on the page. */
export function SearchFilter({
  value,
  onChange,
  placeholder,
}: {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onChange, 300);
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      data-search
      size="xs"
      w={240}
      type="search"
      aria-label={placeholder}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}

export function ChoiceFilter({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | null) => void;
}) {
  return (
    <Select
      size="xs"
      w={170}
      aria-label={label}
      placeholder={label}
      data={[...options]}
      value={value ?? null}
      onChange={onChange}
      clearable
      searchable={options.length > 8}
      comboboxProps={{ shadow: "md" }}
    />
  );
}
