import { Anchor, Box, Button, Group, TextInput } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { Link } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";
import { useBulk } from "./use-bulk.ts";

export type OutboundState = "parked" | "retrying" | "unconfirmed" | "dead";

const filterNames = ["q", "code", "accountId"] as const;
const everyMs = 5_000;
const codesInWords = ["window", "credits", "login_expired"] as const;

async function readOutbound(
  state: OutboundState,
  filters: Partial<Record<(typeof filterNames)[number], string>>,
  cursor?: string,
) {
  const query = { state, ...filters, ...(cursor ? { cursor } : {}) };
  const page = await answerOf(api.outbound.$get({ query }));
  const items = page.items.map((each) => ({
    ...each,
    botName: page.accounts[each.accountId]?.name ?? each.accountId,
  }));
  return { items, nextCursor: page.nextCursor };
}
type Outbound = Awaited<ReturnType<typeof readOutbound>>["items"][number];

/** Messages of one state, with what to do about one or all of them. */
export function OutboundList({ state }: { state: OutboundState }) {
  const t = useTexts(deliveryTexts);
  const { values, set, clear, active } = useFilters(filterNames);
  const mayAct = useMay("operator");
  const list = useLiveList<Outbound>({
    key: ["outbound", state, values],
    read: ({ cursor }) => readOutbound(state, values, cursor),
    everyMs,
  });
  const columns = useColumns(mayAct);
  return (
    <>
      <Group justify="space-between">
        <FilterBar {...(active ? { onClear: clear } : {})}>
          <SearchFilter
            value={values.q ?? ""}
            onChange={(q) => set("q", q)}
            placeholder={t("search")}
          />
          <TextInput
            size="xs"
            w={150}
            aria-label={t("code")}
            placeholder={t("code")}
            maxLength={64}
            value={values.code ?? ""}
            onChange={({ currentTarget }) => set("code", currentTarget.value.trim())}
          />
        </FilterBar>
        {/* All of a class is by state, code and bot; the api knows no search here. */}
        {mayAct && values.q === undefined && list.items.length > 0 && (
          <All state={state} code={values.code} accountId={values.accountId} />
        )}
      </Group>
      <DataTable
        label={t("title")}
        columns={columns}
        rows={list.items}
        nameOf={({ text }) => text.slice(0, 40)}
        isLoading={list.isLoading}
        error={list.error}
        onRetry={() => void list.refetch()}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        loadMore={() => void list.loadMore()}
        empty={
          active ? (
            <EmptyNoMatch onClear={clear} />
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

function All({
  state,
  code,
  accountId,
}: {
  state: OutboundState;
  code: string | undefined;
  accountId: string | undefined;
}) {
  const t = useTexts(deliveryTexts);
  const of = { state, ...(code ? { code } : {}), ...(accountId ? { accountId } : {}) };
  const bulk = useBulk(
    (verb: "retry" | "drop") => answerOf(api.outbound.bulk.$post({ json: { verb, ...of } })),
    [["outbound"]],
  );
  const send = { name: t("sendAll"), text: t("askSend"), danger: false };
  const drop = { name: t("dropAll"), text: t("askDrop"), danger: true };
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        disabled={bulk.isPending}
        onClick={() => void bulk.ask("retry", send)}
      >
        {t("sendAll")}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={bulk.isPending}
        onClick={() => void bulk.ask("drop", drop)}
      >
        {t("dropAll")}
      </Button>
    </Group>
  );
}

function One({ outbound: { _id: id } }: { outbound: Outbound }) {
  const t = useTexts(deliveryTexts);
  const confirm = useConfirm();
  const renews = [["outbound"]];
  const param = { id };
  const send = useOptimistic({
    change: () => answerOf(api.outbound[":id"].retry.$post({ param })),
    renews,
  });
  const drop = useOptimistic({
    change: () => answerOf(api.outbound[":id"].drop.$post({ param })),
    renews,
  });
  const askDrop = async () => {
    const title = t("askTitle", { verb: t("drop") });
    const question = { title, text: t("askDrop"), confirm: t("drop"), danger: true };
    if (await confirm(question)) drop.mutate(undefined);
  };
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        loading={send.isPending}
        onClick={() => send.mutate(undefined)}
      >
        {t("send")}
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        loading={drop.isPending}
        onClick={() => void askDrop()}
      >
        {t("drop")}
      </Button>
    </Group>
  );
}

function useColumns(mayAct: boolean): Column<Outbound>[] {
  const t = useTexts(deliveryTexts);
  const inWords = (code: string) => {
    const known = codesInWords.find((each) => each === code);
    return known ? t(known) : code;
  };
  const columns: Column<Outbound>[] = [
    {
      id: "message",
      header: t("message"),
      width: "minmax(180px, 3fr)",
      cell: ({ text, conversationId }) => (
        <Anchor component={Link} href={`/inbox/${conversationId}`} size="sm" className="one-line">
          {text}
        </Anchor>
      ),
    },
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(100px, 1fr)",
      cell: ({ botName }) => <Box className="one-line">{botName}</Box>,
    },
    {
      id: "reason",
      header: t("reason"),
      width: "minmax(110px, 1fr)",
      cell: ({ chunks }) => {
        const codes = new Set(chunks.flatMap(({ code }) => (code === null ? [] : [code])));
        return [...codes].map(inWords).join(", ") || "–";
      },
    },
    {
      id: "sent",
      header: t("sent"),
      width: "80px",
      align: "right",
      wideOnly: true,
      cell: ({ chunks }) =>
        `${chunks.filter(({ state }) => state === "accepted").length} / ${chunks.length}`,
    },
    {
      id: "tries",
      header: t("tries"),
      width: "70px",
      align: "right",
      wideOnly: true,
      cell: ({ chunks }) => Math.max(...chunks.map(({ attempts }) => attempts)),
    },
    {
      id: "age",
      header: t("age"),
      width: "110px",
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
  ];
  if (!mayAct) return columns;
  const actions: Column<Outbound> = {
    id: "actions",
    header: t("actions"),
    width: "170px",
    cell: (outbound) => <One outbound={outbound} />,
  };
  return [...columns, actions];
}
