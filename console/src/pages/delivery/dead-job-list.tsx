import { Box, Button, Group } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";
import { useBulk } from "./use-bulk.ts";

const everyMs = 5_000;

async function readDeadJobs(cursor?: string) {
  const page = await answerOf(api["dead-jobs"].$get({ query: cursor ? { cursor } : {} }));
  const items = page.items.map((each) => ({
    ...each,
    botName: each.accountId ? (page.accounts[each.accountId]?.name ?? each.accountId) : "–",
  }));
  return { items, nextCursor: page.nextCursor };
}
type Dead = Awaited<ReturnType<typeof readDeadJobs>>["items"][number];

/** Open dead jobs; each is redriven once, however many ask. */
export function DeadJobList() {
  const t = useTexts(deliveryTexts);
  const mayAct = useMay("operator");
  const list = useLiveList<Dead>({
    key: ["dead-jobs"],
    read: ({ cursor }) => readDeadJobs(cursor),
    everyMs,
  });
  const bulk = useBulk(
    (verb: "redrive" | "delete") => answerOf(api["dead-jobs"].bulk.$post({ json: { verb } })),
    [["dead-jobs"]],
  );
  const redrive = { name: t("redriveAll"), text: t("askRedrive"), danger: false };
  const remove = { name: t("removeAll"), text: t("askRemove"), danger: true };
  return (
    <>
      {mayAct && list.items.length > 0 && (
        <Group gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            disabled={bulk.isPending}
            onClick={() => void bulk.ask("redrive", redrive)}
          >
            {t("redriveAll")}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={bulk.isPending}
            onClick={() => void bulk.ask("delete", remove)}
          >
            {t("removeAll")}
          </Button>
        </Group>
      )}
      <DataTable
        label={t("jobs")}
        columns={useColumns(mayAct)}
        rows={list.items}
        nameOf={({ _id }) => _id}
        isLoading={list.isLoading}
        error={list.error}
        onRetry={() => void list.refetch()}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        loadMore={() => void list.loadMore()}
        empty={
          <EmptyFirstUse icon={IconChecks} title={t("noneTitle")}>
            {t("noneHint")}
          </EmptyFirstUse>
        }
      />
    </>
  );
}

function One({ id }: { id: string }) {
  const t = useTexts(deliveryTexts);
  const confirm = useConfirm();
  const renews = [["dead-jobs"]];
  const param = { id };
  const redrive = useOptimistic({
    change: () => answerOf(api["dead-jobs"][":id"].redrive.$post({ param })),
    renews,
  });
  const remove = useOptimistic({
    change: () => answerOf(api["dead-jobs"][":id"].delete.$post({ param })),
    renews,
  });
  const askRemove = async () => {
    const title = t("askTitle", { verb: t("remove") });
    const question = { title, text: t("askRemove"), confirm: t("remove"), danger: true };
    if (await confirm(question)) remove.mutate(undefined);
  };
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        loading={redrive.isPending}
        onClick={() => redrive.mutate(undefined)}
      >
        {t("redrive")}
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        loading={remove.isPending}
        onClick={() => void askRemove()}
      >
        {t("remove")}
      </Button>
    </Group>
  );
}

function useColumns(mayAct: boolean): Column<Dead>[] {
  const t = useTexts(deliveryTexts);
  const columns: Column<Dead>[] = [
    {
      id: "reason",
      header: t("reason"),
      width: "minmax(140px, 1fr)",
      cell: ({ why }) => t(why),
    },
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(110px, 1fr)",
      cell: ({ botName }) => <Box className="one-line">{botName}</Box>,
    },
    {
      id: "message",
      header: t("message"),
      width: "minmax(160px, 2fr)",
      wideOnly: true,
      cell: ({ body }) => <Box className="one-line">{body}</Box>,
    },
    {
      id: "age",
      header: t("age"),
      width: "110px",
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
  ];
  if (!mayAct) return columns;
  const actions: Column<Dead> = {
    id: "actions",
    header: t("actions"),
    width: "180px",
    cell: ({ _id }) => <One id={_id} />,
  };
  return [...columns, actions];
}
