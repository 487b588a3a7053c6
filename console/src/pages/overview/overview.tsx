import { SimpleGrid, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { Link } from "wouter";
import { roles, useMe } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { FirstSteps } from "./first-steps.tsx";
import { HermesTile } from "./hermes-tile.tsx";
import { NeedsYou } from "./needs-you.tsx";
import { readOverview } from "./read-overview.ts";
import { overviewTexts } from "./texts.ts";
import { tiles } from "./tiles.ts";
import { Traffic } from "./traffic.tsx";

const everyMs = 15_000;

/** How much there is to do, who needs a person now, the day so far, and a new hub's first steps. */
export default function Overview() {
  const t = useTexts(overviewTexts);
  const role = useMe().data?.role ?? "viewer";
  const overview = useLive({ key: ["overview"], read: readOverview, everyMs });
  const { data, error } = overview;
  const isNew = data !== undefined && Object.values(data.firstUse).some((done) => !done);
  const seen = tiles.filter(({ needs = "viewer" }) => roles.indexOf(role) >= roles.indexOf(needs));
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={overview.dataUpdatedAt} everyMs={everyMs} />}
    >
      {error && !data && <ErrorBox error={error} onRetry={() => void overview.refetch()} />}
      {isNew && <FirstSteps firstUse={data.firstUse} />}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
        {seen.map(({ key, href, asks }) => (
          <Tile
            key={key}
            label={t(key)}
            href={href(data?.asOf ?? new Date().toISOString())}
            asks={asks}
            count={data?.tiles[key]}
            {...(key === "polling" && data ? { of: data.tiles.accounts } : {})}
          />
        ))}
        <HermesTile />
      </SimpleGrid>
      <NeedsYou needs={data?.needsYou} />
      <Traffic />
    </Page>
  );
}

type Shown = {
  label: string;
  href: string;
  asks: boolean;
  count: number | undefined;
  of?: number;
};

function Tile({ label, href, asks, count, of }: Shown) {
  const t = useTexts(overviewTexts);
  const { locale } = useLanguage();
  return (
    <UnstyledButton
      component={Link}
      href={href}
      className="panel tile"
      data-asks={(asks && (count ?? 0) > 0) || undefined}
    >
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {count === undefined ? (
        <Skeleton height={30} width={56} />
      ) : (
        <span className="tile-number">
          {count.toLocaleString(locale)}
          {of !== undefined && (
            <Text span size="sm" c="dimmed">
              {" "}
              {t("outOf", { n: of.toLocaleString(locale) })}
            </Text>
          )}
        </span>
      )}
    </UnstyledButton>
  );
}
