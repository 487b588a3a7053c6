import type { ReactNode } from "react";
import { BotFilter } from "./bot-filter.tsx";
import { ChoiceFilter, FilterBar, SearchFilter } from "./filter-bar.tsx";
import type { useFilters } from "./use-filters.ts";

type Choice<K> = {
  name: K;
  label: string;
  known: readonly string[];
  nameOf: (value: string) => string;
};

/** Search, bot and choices of a list, as its address has them. */
export function ListFilters<K extends string>({
  filters: { values, set, clear, active },
  search,
  choices,
  children,
}: {
  filters: ReturnType<typeof useFilters<"q" | "accountId" | K>>;
  search: string;
  choices: readonly Choice<K>[];
  children?: ReactNode;
}) {
  return (
    <FilterBar {...(active ? { onClear: clear } : {})}>
      <SearchFilter value={values.q ?? ""} onChange={(q) => set("q", q)} placeholder={search} />
      <BotFilter value={values.accountId} onChange={(value) => set("accountId", value)} />
      {choices.map(({ name, label, known, nameOf }) => (
        <ChoiceFilter
          key={name}
          label={label}
          value={values[name]}
          options={withOwn(known, values[name]).map((value) => ({ value, label: nameOf(value) }))}
          onChange={(value) => set(name, value)}
        />
      ))}
      {children}
    </FilterBar>
  );
}

/** An address may ask for what is not among the usual ones. */
function withOwn(known: readonly string[], value: string | undefined): readonly string[] {
  return value === undefined || known.includes(value) ? known : [...known, value];
}
