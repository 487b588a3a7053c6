import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { findBots, readAccount } from "#console/client/accounts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/** Chooses one of however many bots; the server finds them by name or label. */
export function BotFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (accountId: string | null) => void;
}) {
  const t = useTexts(partTexts);
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [q] = useDebouncedValue(typed, 300);
  const chosen = useQuery({
    queryKey: ["account", value ?? "", "name"],
    queryFn: () => readAccount(value ?? ""),
    staleTime: 60_000,
    enabled: value !== undefined,
  });
  const name = chosen.data?.name ?? value ?? "";
  // What the field shows of the chosen bot is no search.
  const wanted = q === name ? "" : q;
  const found = useQuery({
    queryKey: ["bots-found", wanted],
    queryFn: () => findBots(wanted),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
    enabled: isOpen,
  });
  const options = new Map((found.data ?? []).map((bot) => [bot._id, bot.name]));
  if (value !== undefined) options.set(value, name);
  return (
    <Select
      size="xs"
      w={180}
      aria-label={t("anyBot")}
      placeholder={t("anyBot")}
      data={[...options].map(([id, label]) => ({ value: id, label }))}
      // The server has chosen already.
      filter={({ options: all }) => all}
      searchable
      clearable
      nothingFoundMessage={t("nothingFound")}
      searchValue={typed}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      value={value ?? null}
      onChange={onChange}
      comboboxProps={{ shadow: "md" }}
    />
  );
}
