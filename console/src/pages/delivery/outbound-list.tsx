import { Anchor, Box, Group } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { Link } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ListFilters } from "#console/parts/list-filters.tsx";
import { commonCodes, useSendCode } from "#console/parts/thread/send-codes.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useNow } from "#console/parts/use-now.ts";
import { rowsOf, type useLiveList } from "#console/parts/use-live-list.ts";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { useTexts } from "#console/texts/texts.ts";
import { BulkButtons } from "./bulk-buttons.tsx";
import { filterNames, type Filters, type Outbound, type OutboundState } from "./data.ts";
import { RowActions, type RowAction } from "./row-actions.tsx";
import { deliveryTexts } from "./texts.ts";
import { useBulk } from "./use-bulk.ts";

/** Messages of one state, with what to do about one or all of them. */
export function OutboundList({
  state,
  list,
}: {
  state: OutboundState;
  list: ReturnType<typeof useLiveList<Outbound>>;
}) {
  const t = useTexts(deliveryTexts);
  const inWords = useSendCode();
  const filters = useFilters(filterNames);
  const { values, clear, active } = filters;
  const reason = {
    name: "code",
    label: t("anyReason"),
    known: commonCodes,
    nameOf: inWords,
  } as const;
  const mayAct = useMay("operator");
  return (
    <>
      <Group justify="space-between">
        <ListFilters filters={filters} search={t("search")} choices={[reason]} />
        {mayAct && list.items.length > 0 && <All state={state} filters={values} />}
      </Group>
      <DataTable
        label={t(state)}
        columns={useColumns(state, mayAct)}
        {...rowsOf(list)}
        nameOf={({ text }) => text.slice(0, 40)}
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

function All({ state, filters }: { state: OutboundState; filters: Filters }) {
  const t = useTexts(deliveryTexts);
  const bulk = useBulk(
    (verb: "retry" | "drop", cursor) =>
      answerOf(
        api.outbound.bulk.$post({
          json: { verb, state, ...filters, ...(cursor === null ? {} : { cursor }) },
        }),
      ),
    [["outbound"]],
  );
  const send = { name: t("sendAll"), text: t("askSend"), danger: false };
  const drop = { name: t("dropAll"), text: t("askDrop"), danger: true };
  const settle = { name: t("settleAll"), text: t("askSettle"), danger: false };
  // Of what WeChat may have taken nothing is left to send.
  const verbs =
    state === "unconfirmed"
      ? [{ verb: "drop", words: settle } as const]
      : [{ verb: "retry", words: send } as const, { verb: "drop", words: drop } as const];
  return <BulkButtons bulk={bulk} verbs={verbs} />;
}

function One({ state, outbound }: { state: OutboundState; outbound: Outbound }) {
  const t = useTexts(deliveryTexts);
  const param = { id: outbound._id };
  const retry = () => answerOf(api.outbound[":id"].retry.$post({ param }));
  const drop = () => answerOf(api.outbound[":id"].drop.$post({ param }));
  const actions: RowAction[] =
    state === "unconfirmed"
      ? [{ name: t("settle"), change: drop, done: t("settled"), leaves: true }]
      : [
          {
            name: t("send"),
            change: retry,
            done: t("sendsNow"),
            // It is tried again there, only sooner.
            leaves: state !== "retrying",
          },
          {
            name: t("drop"),
            change: drop,
            done: t("dropped"),
            asks: t("askDrop"),
            leaves: true,
          },
        ];
  return <RowActions id={outbound._id} actions={actions} lists={[["outbound"], ["thread"]]} />;
}

function useColumns(state: OutboundState, mayAct: boolean): Column<Outbound>[] {
  const t = useTexts(deliveryTexts);
  const contactName = useContactName();
  const now = useNow(60_000);
  const inWords = useSendCode();
  const columns: Column<Outbound>[] = [
    {
      id: "message",
      header: t("message"),
      width: "minmax(160px, 3fr)",
      cell: ({ text, conversationId }) => (
        <Anchor
          component={Link}
          href={`/inbox/${conversationId}`}
          size="sm"
          className="one-line delivery-text"
        >
          {text}
        </Anchor>
      ),
    },
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(120px, 1.5fr)",
      cell: ({ botName }) => <Box className="one-line">{botName}</Box>,
    },
    {
      id: "contact",
      header: t("contact"),
      width: "minmax(120px, 1.5fr)",
      cell: ({ contact }) => <Box className="one-line">{contact ? contactName(contact) : "–"}</Box>,
    },
    {
      id: "reason",
      header: t("reason"),
      width: "minmax(170px, 2.2fr)",
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
        `${chunks.filter((chunk) => chunk.state === "accepted").length} / ${chunks.length}`,
    },
    {
      id: "tries",
      header: t("tries"),
      width: "70px",
      align: "right",
      wideOnly: true,
      cell: ({ chunks }) => Math.max(0, ...chunks.map(({ attempts }) => attempts)),
    },
    ...(state === "retrying" ? [nextTry(t("nextTry"))] : []),
    ...(state === "parked" ? [windowLeft(t, now)] : []),
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
    cell: (outbound) => <One state={state} outbound={outbound} />,
  };
  return [...columns, actions];
}

/** A bot that logs in again before it closes still brings the message. */
function windowLeft(
  t: ReturnType<typeof useTexts<typeof deliveryTexts>>,
  now: number,
): Column<Outbound> {
  return {
    id: "window",
    header: t("windowEnds"),
    width: "110px",
    isNamed: true,
    cell: ({ contact }) => {
      if (contact === null) return "–";
      const { windowEndsAt } = contact;
      return Date.parse(windowEndsAt) > now ? <RelativeTime at={windowEndsAt} /> : t("windowShut");
    },
  };
}

function nextTry(header: string): Column<Outbound> {
  return {
    id: "next",
    header,
    width: "110px",
    cell: ({ nextAttemptAt }) => <RelativeTime at={nextAttemptAt} />,
  };
}
