import { Grid, SimpleGrid, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { Link } from "wouter";
import { useMay } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import { FirstSteps } from "./first-steps.tsx";
import { NeedsYou } from "./needs-you.tsx";
import { readOverview, type Count } from "./read-overview.ts";
import { overviewTexts } from "./texts.ts";

const everyMs = 15_000;

/** Counts that open the list behind them; a number that asks for somebody is coloured. */
const tiles = [
  { key: "drafts", href: "/review", asks: true },
  { key: "pending", href: "/approvals", asks: true },
  { key: "expired", href: "/bots?status=login_expired", asks: true },
  { key: "dead", href: "/delivery?state=dead", asks: true },
  { key: "errors", href: "/runs?status=error", asks: true },
  { key: "waiting", href: "/runs?status=retry_pending", asks: false },
  { key: "parked", href: "/delivery?state=parked", asks: false },
  { key: "approved", href: "/bots?status=approved", asks: false },
] as const;

export default function Overview() {
  const t = useTexts(overviewTexts);
  const mayReview = useMay("reviewer");
  const overview = useLive({
    key: ["overview", mayReview],
    read: () => readOverview(mayReview),
    everyMs,
  });
  const { data } = overview;
  const isNew = data !== undefined && Object.values(data.steps).some((done) => !done);
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={overview.dataUpdatedAt} everyMs={everyMs} />}
    >
      {overview.error && !data && (
        <ErrorBox error={overview.error} onRetry={() => void overview.refetch()} />
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        {tiles.map(({ key, href, asks }) => {
          const count = data?.tiles[key];
          if (count === null) return null;
          return <Tile key={key} label={t(key)} href={href} asks={asks} count={count} />;
        })}
      </SimpleGrid>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: isNew ? 7 : 12 }}>
          <NeedsYou />
        </Grid.Col>
        {isNew && (
          <Grid.Col span={{ base: 12, md: 5 }}>
            <FirstSteps steps={data.steps} />
          </Grid.Col>
        )}
      </Grid>
    </Page>
  );
}

function Tile({
  label,
  href,
  asks,
  count,
}: {
  label: string;
  href: string;
  asks: boolean;
  count: Count | undefined;
}) {
  const t = useTexts(overviewTexts);
  const shown = count && (count.isMore ? t("atLeast", { n: count.n }) : String(count.n));
  return (
    <UnstyledButton
      component={Link}
      href={href}
      className="panel tile"
      data-asks={(asks && (count?.n ?? 0) > 0) || undefined}
    >
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {shown === undefined ? (
        <Skeleton height={30} width={56} />
      ) : (
        <span className="tile-number">{shown}</span>
      )}
    </UnstyledButton>
  );
}
