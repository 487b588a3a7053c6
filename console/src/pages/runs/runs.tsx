import { Button, Group } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Link, useLocation, useParams } from "wouter";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useTexts } from "#console/texts/texts.ts";
import { Latency } from "./latency.tsx";
import { RunList, useRuns } from "./run-list.tsx";
import "./runs.css";
import { runTexts } from "./texts.ts";

// Most visits never open one.
const RunDrawer = lazy(() => import("./run-drawer.tsx"));
const views = { list: "/runs", bots: "/runs?view=bots" } as const;

/** All questions to Hermes; one opens beside the list, under an address of its own. */
export default function Runs() {
  const t = useTexts(runTexts);
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const { values } = useFilters(["view"]);
  const view = values.view === "bots" ? "bots" : "list";
  const list = useRuns(view === "list");
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={view === "list" && <LiveMark updatedAt={list.updatedAt} everyMs={list.everyMs} />}
    >
      <Group gap={6} role="navigation" aria-label={t("views")}>
        {(["list", "bots"] as const).map((each) => (
          <Button
            key={each}
            component={Link}
            href={views[each]}
            size="xs"
            variant={each === view ? "light" : "default"}
            {...(each === view ? { "aria-current": "page" as const } : {})}
          >
            {t(each === "list" ? "allRuns" : "byBot")}
          </Button>
        ))}
      </Group>
      {view === "list" ? <RunList list={list} /> : <Latency />}
      {opened && (
        <Suspense>
          <RunDrawer id={opened} onClose={() => go(`/runs${window.location.search}`)} />
        </Suspense>
      )}
    </Page>
  );
}
