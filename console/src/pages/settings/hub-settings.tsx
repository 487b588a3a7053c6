import { Badge, Code, Group, Text, Title } from "@mantine/core";
import { IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { wholeRowsOf } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { bySetting, type SettingRow } from "./by-setting.ts";
import { settingsTexts } from "./texts.ts";

/** Each setting once, with which functions read it; what two functions read differently stands out. */
export function HubSettings() {
  const t = useTexts(settingsTexts);
  const filters = useFilters(["q"]);
  const seen = useQuery({
    queryKey: ["settings"],
    queryFn: () => listOf(answerOf(api.settings.$get())),
  });
  const functions = seen.data?.items ?? [];
  const q = filters.values.q?.toUpperCase() ?? "";
  const rows = bySetting(functions).filter(({ name }) => name.includes(q));
  return (
    <>
      <div>
        <Title order={2} size="h5">
          {t("hub")}
        </Title>
        <Text size="sm" c="dimmed">
          {t("hubHint")}
        </Text>
      </div>
      <Group gap="lg">
        {functions.map(({ functionName, seenAt }) => (
          <Text key={functionName} size="sm">
            <b>{functionName}</b>{" "}
            {seenAt === null ? (
              t("notStarted")
            ) : (
              <>
                {t("started")} <RelativeTime at={seenAt} />
              </>
            )}
          </Text>
        ))}
      </Group>
      {(filters.active || rows.length > 0) && (
        <FilterBar {...(filters.active ? { onClear: filters.clear } : {})}>
          <SearchFilter
            value={filters.values.q ?? ""}
            placeholder={t("search")}
            onChange={(value) => filters.set("q", value)}
          />
        </FilterBar>
      )}
      <DataTable
        label={t("hub")}
        columns={useColumns()}
        {...wholeRowsOf(rows, seen)}
        nameOf={({ name }) => name}
        empty={
          filters.active ? (
            <EmptyNoMatch onClear={filters.clear} />
          ) : (
            <section className="panel">
              <EmptyFirstUse icon={IconSettings} title={t("nothingSeen")}>
                {t("nothingSeenHint")}
              </EmptyFirstUse>
            </section>
          )
        }
      />
    </>
  );
}

function useColumns(): readonly Column<SettingRow>[] {
  const t = useTexts(settingsTexts);
  return [
    {
      id: "name",
      header: t("name"),
      width: "minmax(240px, 1.4fr)",
      cell: ({ name }) => <Code bg="transparent">{name}</Code>,
    },
    {
      id: "value",
      header: t("value"),
      width: "minmax(180px, 2fr)",
      cell: ({ values, isSecret, from }) => {
        if (isSecret && from !== "absent") return <Text size="sm">{t("secret")}</Text>;
        return (
          <span className="as-written">
            {values.join(" · ") || "–"}{" "}
            {values.length > 1 && (
              <Badge className="status-badge" color="orange" variant="light" radius="sm">
                {t("differs")}
              </Badge>
            )}
          </span>
        );
      },
    },
    { id: "from", header: t("from"), width: "110px", cell: ({ from }) => t(from) },
    {
      id: "seen-by",
      header: t("seenBy"),
      width: "minmax(160px, 1fr)",
      cell: ({ readBy }) => readBy.join(", "),
      wideOnly: true,
    },
  ];
}
