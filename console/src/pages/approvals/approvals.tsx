import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconChecks } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import {
  accountsKey,
  doWithMany,
  readAccounts,
  readNamesakes,
  type ListedAccount,
} from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { DataTable } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch, EmptyNoRight } from "#console/parts/empty.tsx";
import { FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { usePolicyChoices } from "#console/parts/policy-name.ts";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, useLiveList } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTellResults } from "#console/parts/use-tell-results.ts";
import { useTexts } from "#console/texts/texts.ts";
import { useApprovalColumns } from "./columns.tsx";
import { RejectBots } from "./reject-bots.tsx";
import { approvalTexts } from "./texts.ts";
import { approvalsKey, withoutBots } from "./without-bots.ts";

const nobody: ReadonlySet<string> = new Set();

/** Scanned bots that wait for a person's yes. */
export default function Approvals() {
  const t = useTexts(approvalTexts);
  const mayApprove = useMay("operator");
  const filters = useFilters(["q"]);
  const { choices: policies } = usePolicyChoices();
  const [chosen, setChosen] = useState(nobody);
  const [policyOf, setPolicyOf] = useState<Readonly<Record<string, string>>>({});
  const [rejecting, setRejecting] = useState<readonly ListedAccount[]>([]);
  const { q } = filters.values;
  const list = useLiveList({
    key: [...approvalsKey, q ?? ""],
    read: (asked) => readAccounts({ status: "pending_approval", ...(q ? { q } : {}), ...asked }),
    tellsChanges: true,
    everyMs: 5_000,
    enabled: mayApprove,
  });
  const namesakes = useNamesakes(list.items);
  const tell = useTellResults();
  const approve = useOptimistic({
    change: (bots: readonly ListedAccount[]) => approveAll(bots, policyOf),
    show: { key: approvalsKey, apply: withoutBots },
    renews: [accountsKey],
    onDone(results) {
      tell(results, (n) => t("approved", { n }));
      setChosen(nobody);
    },
  });
  const columns = useApprovalColumns({
    policies,
    policyOf: ({ _id, policyId }) => policyOf[_id] ?? policyId,
    onPolicy: ({ _id }, policyId) => setPolicyOf((before) => ({ ...before, [_id]: policyId })),
    namesakesOf: ({ _id }) => namesakes?.get(_id),
    isBusy: approve.isPending,
    onApprove: (bot) => approve.mutate([bot]),
    onReject: (bot) => setRejecting([bot]),
  });
  if (!mayApprove) {
    return (
      <Page title={t("title")}>
        <EmptyNoRight needs="operator" />
      </Page>
    );
  }
  const picked = list.items.filter(({ _id }) => chosen.has(_id));
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={list.everyMs} />}
      actions={
        picked.length > 0 && (
          <Group gap="xs">
            <Button variant="default" onClick={() => setRejecting(picked)}>
              {t("rejectAll", { n: picked.length })}
            </Button>
            <Button loading={approve.isPending} onClick={() => approve.mutate(picked)}>
              {t("approveAll", { n: picked.length })}
            </Button>
          </Group>
        )
      }
    >
      {(filters.active || list.items.length > 0) && (
        <FilterBar {...(filters.active ? { onClear: filters.clear } : {})}>
          <SearchFilter
            value={q ?? ""}
            placeholder={t("search")}
            onChange={(value) => filters.set("q", value)}
          />
        </FilterBar>
      )}
      <DataTable
        label={t("title")}
        columns={columns}
        {...rowsOf(list)}
        nameOf={({ name }) => name}
        selection={{ ids: chosen, set: setChosen }}
        empty={
          filters.active ? (
            <EmptyNoMatch onClear={filters.clear} />
          ) : (
            <EmptyFirstUse
              icon={IconChecks}
              title={t("emptyTitle")}
              action={
                <Button component={Link} href="/bots/new" variant="default">
                  {t("addBot")}
                </Button>
              }
            >
              {t("emptyHint")}
            </EmptyFirstUse>
          )
        }
      />
      {rejecting.length > 0 && (
        <RejectBots
          bots={rejecting}
          onClose={() => setRejecting([])}
          onDone={() => setChosen(nobody)}
        />
      )}
    </Page>
  );
}

/** One request for each policy that is to be given. */
async function approveAll(
  bots: readonly ListedAccount[],
  policyOf: Readonly<Record<string, string>>,
) {
  const byPolicy = Map.groupBy(bots, ({ _id, policyId }) => policyOf[_id] ?? policyId);
  const results = [];
  for (const [policyId, of] of byPolicy) {
    const ids = of.map(({ _id }) => _id);
    results.push(...(await doWithMany({ verb: "approve", ids, policyId })));
  }
  return results;
}

/** Absent until it is known. */
function useNamesakes(bots: readonly ListedAccount[]) {
  const ids = bots.map(({ _id }) => _id);
  const found = useQuery({
    queryKey: [...accountsKey, "namesakes", ids],
    queryFn: () => readNamesakes(ids),
    enabled: ids.length > 0,
    staleTime: 15_000,
    placeholderData: (before) => before,
  });
  return found.data;
}
