import { Anchor, Button, Code, Text, TextInput } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { actions, useActionName } from "#console/parts/action-names.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch, EmptyNoRight } from "#console/parts/empty.tsx";
import { ChoiceFilter, FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { AbsoluteTime } from "#console/parts/time.tsx";
import { dayBounds } from "#console/parts/day-bounds.ts";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, useLiveList } from "#console/parts/use-live-list.ts";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { Details } from "./details.tsx";
import { auditTexts } from "./texts.ts";

const names = ["subjectId", "actorId", "action", "from", "to"] as const;

function readAudit(query: Record<string, string>) {
  return listOf(answerOf(api.audit.$get({ query })));
}
type Line = Awaited<ReturnType<typeof readAudit>>["items"][number];

/** The audit log, filtered, and the same as a file. */
export default function Audit() {
  const t = useTexts(auditTexts);
  const mayRead = useMay("owner");
  const filters = useFilters(names);
  const { zone } = useLanguage();
  const values = withMoments(filters.values, zone);
  const list = useLiveList({
    key: ["audit", values],
    read: ({ cursor }) => readAudit({ ...values, ...(cursor === undefined ? {} : { cursor }) }),
    everyMs: 15_000,
    enabled: mayRead,
  });
  const actionName = useActionName();
  const people = usePeople(mayRead, t("hub"));
  if (!mayRead) {
    return (
      <Page title={t("title")}>
        <EmptyNoRight needs="owner" />
      </Page>
    );
  }
  const columns: Column<Line>[] = [
    {
      id: "when",
      header: t("when"),
      width: "minmax(196px, 0.9fr)",
      cell: ({ at }) => <AbsoluteTime at={at} />,
    },
    {
      id: "who",
      header: t("who"),
      width: "minmax(110px, 0.8fr)",
      cell: ({ actor, actorName }) =>
        actor.kind === "hub" ? (
          <Text span inherit c="dimmed">
            {t("hub")}
          </Text>
        ) : (
          actorName
        ),
    },
    {
      id: "what",
      header: t("what"),
      width: "minmax(130px, 0.9fr)",
      cell: ({ action }) => (
        <Text span size="sm" fw={550} title={action}>
          {actionName(action)}
        </Text>
      ),
    },
    {
      id: "subject",
      header: t("subject"),
      width: "minmax(252px, 1.2fr)",
      cell: ({ subjectId }) => <Subject id={subjectId} />,
    },
    {
      id: "details",
      header: t("details"),
      width: "minmax(170px, 1.8fr)",
      cell: ({ details }) => <Details details={details} />,
    },
  ];
  const file = (format: string) =>
    `/api/audit/export?${new URLSearchParams({ ...values, format }).toString()}`;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={list.everyMs} />}
      actions={
        <>
          <Button
            component="a"
            href={file("csv")}
            download
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            {t("exportCsv")}
          </Button>
          <Button component="a" href={file("jsonl")} download variant="default">
            {t("exportJsonl")}
          </Button>
        </>
      }
    >
      <FilterBar {...(filters.active ? { onClear: filters.clear } : {})}>
        <SearchFilter
          value={values.subjectId ?? ""}
          placeholder={t("subjectFilter")}
          onChange={(value) => filters.set("subjectId", value)}
        />
        <ChoiceFilter
          label={t("what")}
          value={values.action}
          options={actions.map((value) => ({ value, label: actionName(value) }))}
          onChange={(value) => filters.set("action", value)}
        />
        <ChoiceFilter
          label={t("who")}
          value={values.actorId}
          options={people.map(({ _id, name }) => ({ value: _id, label: name }))}
          onChange={(value) => filters.set("actorId", value)}
        />
        {(["from", "to"] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            size="xs"
            w={150}
            aria-label={t(name)}
            title={t(name)}
            value={filters.values[name] ?? ""}
            onChange={(event) => filters.set(name, event.currentTarget.value)}
          />
        ))}
      </FilterBar>
      <DataTable
        label={t("title")}
        columns={columns}
        {...rowsOf(list)}
        nameOf={({ action }) => action}
        empty={
          filters.active ? (
            <EmptyNoMatch onClear={filters.clear} />
          ) : (
            <EmptyFirstUse icon={IconHistory} title={t("emptyTitle")} />
          )
        }
      />
    </Page>
  );
}

/** Who may have done something: all users, and the hub itself. */
function usePeople(enabled: boolean, hub: string): readonly { _id: string; name: string }[] {
  const users = useQuery({
    queryKey: ["users", "names"],
    queryFn: () => listOf(answerOf(api.users.$get({ query: { limit: "200" } }))),
    staleTime: 60_000,
    enabled,
  });
  return [{ _id: "hub", name: hub }, ...(users.data?.items ?? [])];
}

const pages: Readonly<Record<string, string>> = {
  acc: "/bots/",
  run: "/runs/",
  cnv: "/inbox/",
  pol: "/policies/",
};

function Subject({ id }: { id: string }) {
  const page = pages[id.split("_")[0] ?? ""];
  if (page === undefined) return <Code className="as-written">{id}</Code>;
  return (
    <Anchor component={Link} href={`${page}${id}`} size="xs" ff="monospace" className="as-written">
      {id}
    </Anchor>
  );
}

/** The days chosen, both whole, as the api asks for moments. */
function withMoments(chosen: Partial<Record<(typeof names)[number], string>>, zone: string) {
  const { from, to, ...rest } = chosen;
  const first = from === undefined ? null : dayBounds(from, zone);
  const last = to === undefined ? null : dayBounds(to, zone);
  return {
    ...rest,
    ...(first ? { from: first.begins } : {}),
    ...(last ? { to: last.ends } : {}),
  };
}
