import { Anchor, Badge, Group, Text } from "@mantine/core";
import { Link } from "wouter";
import type { ListedAccount } from "#console/client/accounts.ts";
import type { Column } from "#console/parts/data-table.tsx";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { failuresOf } from "./failures.ts";
import { botTexts } from "./texts.ts";

/** The longest state in full. */
const stateWidths = { en: "minmax(152px, 0.6fr)", zh: "minmax(112px, 0.6fr)" } as const;

/** The columns of the bots list; the first always stays. */
export function useBotColumns(
  policyName: (id: string) => string,
): readonly Column<ListedAccount>[] {
  const t = useTexts(botTexts);
  const { language } = useLanguage();
  return [
    {
      id: "name",
      header: t("name"),
      width: "minmax(140px, 2fr)",
      sort: "name",
      cell: ({ _id, name }) => (
        <Anchor
          component={Link}
          href={`/bots/${_id}`}
          size="sm"
          fw={550}
          c="inherit"
          className="one-line"
          title={name}
        >
          {name}
        </Anchor>
      ),
    },
    {
      id: "state",
      header: t("state"),
      width: stateWidths[language],
      cell: ({ status }) => <StatusBadge status={status} />,
    },
    {
      id: "labels",
      header: t("labels"),
      width: "minmax(92px, 1fr)",
      cell: ({ labels }) => <FewLabels labels={labels} />,
    },
    {
      id: "owner",
      header: t("owner"),
      width: "minmax(76px, 1fr)",
      cell: ({ owner }) => (
        <span className="one-line" title={owner ?? undefined}>
          {owner ?? "–"}
        </span>
      ),
      wideOnly: true,
    },
    {
      id: "policy",
      header: t("policy"),
      width: "minmax(92px, 0.9fr)",
      cell: ({ policyId }) => (
        <span className="one-line" title={policyName(policyId)}>
          {policyName(policyId)}
        </span>
      ),
      wideOnly: true,
    },
    {
      id: "polling",
      header: t("polling"),
      width: "70px",
      cell: ({ polling }) => t(polling ? "on" : "off"),
      wideOnly: true,
    },
    {
      id: "last-poll",
      header: t("lastPoll"),
      width: "minmax(88px, 0.8fr)",
      sort: "last-poll",
      sortDirection: "descending",
      cell: ({ lastGoodPollAt }) => <RelativeTime at={lastGoodPollAt} />,
      wideOnly: true,
    },
    {
      id: "last-inbound",
      header: t("lastInbound"),
      width: "minmax(110px, 0.8fr)",
      sort: "last-inbound",
      sortDirection: "descending",
      cell: ({ lastInboundAt }) => <RelativeTime at={lastInboundAt} />,
      isNamed: true,
    },
    {
      id: "windows",
      header: t("windowsShort"),
      width: "82px",
      align: "right",
      cell: ({ health }) => <Count n={health.openWindows} />,
      wideOnly: true,
    },
    {
      id: "drafts",
      header: t("drafts"),
      width: "76px",
      align: "right",
      cell: ({ _id, health }) => (
        <Count
          n={health.waitingDrafts}
          href={`/review?accountId=${_id}&snoozed=true`}
          label={t("drafts")}
        />
      ),
      wideOnly: true,
    },
    {
      id: "failures",
      header: t("failures"),
      width: "76px",
      align: "right",
      cell: (bot) => <Count {...failuresOf(bot)} label={t("failures")} isBad />,
      wideOnly: true,
    },
  ];
}

/** What fits into a cell: the first, and how many more. */
function FewLabels({ labels }: { labels: readonly string[] }) {
  const [first, ...rest] = labels;
  if (first === undefined) return <>–</>;
  return (
    <Group gap={4} wrap="nowrap" title={labels.join(", ")}>
      <Labels labels={[first]} />
      {rest.length > 0 && (
        <Text span size="xs" c="dimmed">
          +{rest.length}
        </Text>
      )}
    </Group>
  );
}

export function Labels({ labels }: { labels: readonly string[] }) {
  return (
    <Group gap={4}>
      {labels.map((label) => (
        <Badge key={label} className="status-badge" variant="default" radius="sm" size="sm">
          {label}
        </Badge>
      ))}
    </Group>
  );
}

function Count({
  n,
  href,
  label,
  isBad = false,
}: {
  n: number;
  href?: string;
  label?: string;
  isBad?: boolean;
}) {
  if (n === 0) {
    return (
      <Text span inherit c="dimmed">
        0
      </Text>
    );
  }
  if (href === undefined) return <span>{n}</span>;
  return (
    <Anchor
      component={Link}
      href={href}
      inherit
      fw={600}
      aria-label={`${label}: ${n}`}
      c={isBad ? "var(--mantine-color-error)" : "inherit"}
    >
      {n}
    </Anchor>
  );
}
