import { Anchor, Button, Group, Select, Text } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import {
  accountsKey,
  readAccounts,
  usePolicies,
  type ListedAccount,
} from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoRight } from "#console/parts/empty.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { RejectBot } from "./reject-bot.tsx";
import { approvalTexts } from "./texts.ts";

/** Scanned bots that wait for a person's yes. */
export default function Approvals() {
  const t = useTexts(approvalTexts);
  const toasts = useToasts();
  const mayApprove = useMay("operator");
  const policies = usePolicies().data?.items ?? [];
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [policyOf, setPolicyOf] = useState<Readonly<Record<string, string>>>({});
  const [rejecting, setRejecting] = useState<ListedAccount | null>(null);
  const list = useLiveList({
    key: [...accountsKey, "approvals"],
    read: (asked) => readAccounts({ status: "pending_approval", ...asked }),
    everyMs: 5_000,
    enabled: mayApprove,
  });
  const approve = useOptimistic({
    change: (bots: readonly ListedAccount[]) =>
      Promise.allSettled(
        bots.map(({ _id, policyId }) =>
          answerOf(
            api.accounts[":id"].approve.$post({
              param: { id: _id },
              json: { policyId: policyOf[_id] ?? policyId },
            }),
          ),
        ),
      ),
    renews: [accountsKey],
    onDone(results) {
      const refused = results.filter((result) => result.status === "rejected");
      const done = results.length - refused.length;
      if (done > 0) toasts.done(t("approved", { n: done }));
      const [first] = refused;
      if (first?.reason instanceof Error) toasts.failed(first.reason);
      setChosen(new Set());
    },
  });
  if (!mayApprove) return <EmptyNoRight needs="operator" />;
  const columns: Column<ListedAccount>[] = [
    {
      id: "name",
      header: t("name"),
      width: "minmax(150px, 1.6fr)",
      cell: ({ _id, name }) => (
        <Anchor component={Link} href={`/bots/${_id}`} fw={550} c="inherit">
          {name}
        </Anchor>
      ),
    },
    { id: "owner", header: t("owner"), cell: ({ owner }) => owner ?? "–" },
    {
      id: "person",
      header: t("person"),
      width: "minmax(140px, 1.3fr)",
      cell: ({ ilinkUserId }) => (
        <Text span size="xs" ff="monospace" truncate="end">
          {ilinkUserId ?? "–"}
        </Text>
      ),
      wideOnly: true,
    },
    {
      id: "scanned",
      header: t("scanned"),
      cell: ({ loggedInAt }) => <RelativeTime at={loggedInAt} />,
    },
    {
      id: "duplicates",
      header: t("duplicates"),
      width: "minmax(110px, 1fr)",
      cell: (bot) => <Duplicates bot={bot} among={list.items} />,
      wideOnly: true,
    },
    {
      id: "policy",
      header: t("policy"),
      width: "170px",
      cell: ({ _id, name, policyId }) => (
        <Select
          size="xs"
          aria-label={t("policyFor", { name })}
          data={policies.map((policy) => ({ value: policy._id, label: policy.name }))}
          value={policyOf[_id] ?? policyId}
          allowDeselect={false}
          onChange={(value) => setPolicyOf({ ...policyOf, [_id]: value ?? policyId })}
        />
      ),
    },
    {
      id: "actions",
      header: t("actions"),
      width: "190px",
      cell: (bot) => (
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-sm"
            disabled={approve.isPending}
            onClick={() => approve.mutate([bot])}
          >
            {t("approve")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setRejecting(bot)}>
            {t("reject")}
          </Button>
        </Group>
      ),
    },
  ];
  const picked = list.items.filter(({ _id }) => chosen.has(_id));
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={list.everyMs} />}
      actions={
        picked.length > 0 && (
          <Button loading={approve.isPending} onClick={() => approve.mutate(picked)}>
            {t("approveAll", { n: picked.length })}
          </Button>
        )
      }
    >
      <DataTable
        label={t("title")}
        columns={columns}
        rows={list.items}
        nameOf={({ name }) => name}
        selection={{ ids: chosen, set: setChosen }}
        isLoading={list.isLoading}
        error={list.error}
        onRetry={() => void list.refetch()}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        loadMore={() => void list.loadMore()}
        empty={
          <EmptyFirstUse icon={IconChecks} title={t("emptyTitle")}>
            {t("emptyHint")}
          </EmptyFirstUse>
        }
      />
      {rejecting && <RejectBot bot={rejecting} onClose={() => setRejecting(null)} />}
    </Page>
  );
}

/** One person cannot lend two bots; what people can do is name two alike. */
function Duplicates({ bot, among }: { bot: ListedAccount; among: readonly ListedAccount[] }) {
  const t = useTexts(approvalTexts);
  const same = among.find(
    ({ _id, name }) => _id !== bot._id && name.toLowerCase() === bot.name.toLowerCase(),
  );
  return same ? (
    <Anchor component={Link} href={`/bots/${same._id}`} size="sm">
      {t("duplicateOf", { name: same.name })}
    </Anchor>
  ) : (
    <Text span size="sm" c="dimmed">
      {t("none")}
    </Text>
  );
}
