import { Button } from "@mantine/core";
import { IconPlus, IconRobot } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { accountsKey, readAccounts, useLabels } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { ColumnMenu, useHiddenColumns } from "#console/parts/column-menu.tsx";
import { DataTable } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ChoiceFilter, FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { usePolicyChoices } from "#console/parts/policy-name.ts";
import { useStatusName } from "#console/parts/status-badge.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { useBotColumns } from "./columns.tsx";
import { asPolling, asSort, asStatus, statuses } from "./list-words.ts";
import { botTexts } from "./texts.ts";

const filterNames = ["q", "status", "label", "policyId", "polling"] as const;

/** All bots, a page at a time, with what one may do with many at once. */
export default function Bots() {
  const t = useTexts(botTexts);
  const statusName = useStatusName();
  const [, navigate] = useLocation();
  const mayChange = useMay("operator");
  const filters = useFilters(filterNames);
  const order = useFilters(["sort"]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { choices: policies, nameOfId } = usePolicyChoices();
  const labels = useLabels().data?.items ?? [];
  const { q, status, label, policyId, polling } = filters.values;
  const query = {
    ...(q ? { q } : {}),
    ...(label ? { label } : {}),
    ...(policyId ? { policyId } : {}),
    ...asPolling(polling),
    ...asStatus(status),
    ...asSort(order.values.sort),
  };
  const list = useLiveList({
    key: [...accountsKey, "list", query],
    read: (asked) => readAccounts({ ...query, ...asked }),
    everyMs: 10_000,
    tellsChanges: true,
  });
  const columns = useBotColumns(nameOfId);
  const { hidden, toggle } = useHiddenColumns("bots", ["polling"]);
  const addButton = mayChange && (
    <Button component={Link} href="/bots/new" size="sm" leftSection={<IconPlus size={16} />}>
      {t("add")}
    </Button>
  );
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={list.everyMs} />}
      actions={addButton}
    >
      <FilterBar {...(filters.active ? { onClear: filters.clear } : {})}>
        <SearchFilter
          value={q ?? ""}
          placeholder={t("search")}
          onChange={(value) => filters.set("q", value)}
        />
        <ChoiceFilter
          label={t("state")}
          value={status}
          options={statuses.map((value) => ({ value, label: statusName(value) }))}
          onChange={(value) => filters.set("status", value)}
        />
        <ChoiceFilter
          label={t("labels")}
          value={label}
          options={labels.map((each) => ({
            value: each.label,
            label: `${each.label} (${each.accounts})`,
          }))}
          onChange={(value) => filters.set("label", value)}
        />
        <ChoiceFilter
          label={t("policy")}
          value={policyId}
          options={policies}
          onChange={(value) => filters.set("policyId", value)}
        />
        <ChoiceFilter
          label={t("polling")}
          value={polling}
          options={[
            { value: "true", label: t("pollingOn") },
            { value: "false", label: t("pollingOff") },
          ]}
          onChange={(value) => filters.set("polling", value)}
        />
        <ColumnMenu columns={columns} hidden={hidden} toggle={toggle} />
      </FilterBar>
      {chosen.size > 0 && (
        <BulkBar ids={[...chosen]} policies={policies} onDone={() => setChosen(new Set())} />
      )}
      <DataTable
        label={t("title")}
        columns={columns}
        {...rowsOf(list)}
        nameOf={({ name }) => name}
        hidden={hidden}
        {...(mayChange ? { selection: { ids: chosen, set: setChosen } } : {})}
        sort={{ value: order.values.sort ?? "", set: (value) => order.set("sort", value) }}
        onOpen={({ _id }) => navigate(`/bots/${_id}`)}
        empty={
          filters.active ? (
            <EmptyNoMatch onClear={filters.clear} />
          ) : (
            <EmptyFirstUse icon={IconRobot} title={t("emptyTitle")} action={addButton}>
              {t("emptyHint")}
            </EmptyFirstUse>
          )
        }
      />
    </Page>
  );
}
