import { Anchor, Box, Group } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { Link } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ListFilters } from "#console/parts/list-filters.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, type useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { BulkButtons } from "./bulk-buttons.tsx";
import { jobFilterNames, type Dead, type JobFilters } from "./data.ts";
import { RowActions, type RowAction } from "./row-actions.tsx";
import { deliveryTexts } from "./texts.ts";
import { useBulk } from "./use-bulk.ts";

/** Open dead jobs; each is redriven once, however many ask. */
export function DeadJobList({ list }: { list: ReturnType<typeof useLiveList<Dead>> }) {
  const t = useTexts(deliveryTexts);
  const mayAct = useMay("operator");
  const filters = useFilters(jobFilterNames);
  return (
    <>
      <Group justify="space-between">
        <ListFilters filters={filters} search={t("search")} choices={[]} />
        {mayAct && list.items.length > 0 && <All filters={filters.values} />}
      </Group>
      <DataTable
        label={t("jobs")}
        columns={useColumns(mayAct)}
        {...rowsOf(list)}
        nameOf={({ _id }) => _id}
        empty={
          filters.active ? (
            <EmptyNoMatch onClear={filters.clear} />
          ) : (
            <EmptyFirstUse icon={IconChecks} title={t("noneTitle")}>
              {t("noneHint")}
            </EmptyFirstUse>
          )
        }
      />
    </>
  );
}

function All({ filters }: { filters: JobFilters }) {
  const t = useTexts(deliveryTexts);
  const bulk = useBulk(
    (verb: "redrive" | "delete", cursor) =>
      answerOf(
        api["dead-jobs"].bulk.$post({
          json: { verb, ...filters, ...(cursor === null ? {} : { cursor }) },
        }),
      ),
    [["dead-jobs"]],
  );
  const redrive = { name: t("redriveAll"), text: t("askRedrive"), danger: false };
  const remove = { name: t("removeAll"), text: t("askRemove"), danger: true };
  const verbs = [
    { verb: "redrive", words: redrive },
    { verb: "delete", words: remove },
  ] as const;
  return <BulkButtons bulk={bulk} verbs={verbs} />;
}

function One({ dead: { _id: id, why } }: { dead: Dead }) {
  const t = useTexts(deliveryTexts);
  const param = { id };
  const redrive: RowAction = {
    name: t("redrive"),
    change: () => answerOf(api["dead-jobs"][":id"].redrive.$post({ param })),
    done: t("redriven"),
    leaves: true,
  };
  const remove: RowAction = {
    name: t("remove"),
    change: () => answerOf(api["dead-jobs"][":id"].delete.$post({ param })),
    done: t("removed"),
    asks: t("askRemove"),
    leaves: true,
  };
  // What nobody can read cannot be tried again.
  const actions = why === "unreadable" ? [remove] : [redrive, remove];
  return <RowActions id={id} actions={actions} lists={[["dead-jobs"]]} />;
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
      id: "conversation",
      header: t("about"),
      width: "minmax(110px, 1fr)",
      cell: ({ conversationId }) =>
        conversationId === undefined ? (
          "–"
        ) : (
          <Anchor component={Link} href={`/inbox/${conversationId}`} size="sm">
            {t("openConversation")}
          </Anchor>
        ),
    },
    {
      id: "job",
      header: t("job"),
      width: "minmax(160px, 2fr)",
      wideOnly: true,
      cell: ({ body }) => (
        <Box className="one-line" title={body}>
          {body}
        </Box>
      ),
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
    cell: (dead) => <One dead={dead} />,
  };
  return [...columns, actions];
}
