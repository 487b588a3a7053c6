import { Anchor, Badge, Group, Skeleton, Text, Title } from "@mantine/core";
import { IconMessageCheck, IconQrcode, IconSendOff, IconUserCheck } from "@tabler/icons-react";
import { Link } from "wouter";
import { useMay } from "#console/client/me.ts";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { RelativeTime, useTimeWords } from "#console/parts/time.tsx";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import type { Need } from "./read-overview.ts";
import { overviewTexts } from "./texts.ts";

const mostShown = 8;
const hourMs = 3_600_000;
const icons = {
  review: IconMessageCheck,
  approval: IconUserCheck,
  login_expired: IconQrcode,
  undelivered: IconSendOff,
  unconfirmed: IconSendOff,
} as const;

/** What a person should do, the window that shuts first at the head. */
export function NeedsYou({ needs }: { needs: readonly Need[] | undefined }) {
  const t = useTexts(overviewTexts);
  const contactName = useContactName();
  const mayReview = useMay("reviewer");
  const mayChange = useMay("operator");
  const hrefOf = ({ kind, id, accountId }: Need) => {
    if (kind === "review") return mayReview ? `/review/${id}` : "/inbox?state=waiting";
    if (kind === "approval") return mayChange ? "/approvals" : `/bots/${accountId}`;
    if (kind === "undelivered") return "/delivery?state=dead";
    if (kind === "unconfirmed") return "/delivery?state=unconfirmed";
    return mayChange ? `/bots/${accountId}/scan` : `/bots/${accountId}`;
  };
  return (
    <section className="panel facts">
      <Group justify="space-between" align="flex-start" mb="xs" gap="xs">
        <div>
          <Title order={2} size="h5">
            {t("needsYou")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("needsYouHint")}
          </Text>
        </div>
        <Anchor component={Link} href="/inbox?state=waiting" size="sm">
          {t("openInbox")}
        </Anchor>
      </Group>
      {needs === undefined && <Skeleton height={120} />}
      {needs?.length === 0 && <Text size="sm">{t("nobody")}</Text>}
      {needs?.slice(0, mostShown).map((need) => {
        const Picture = icons[need.kind];
        return (
          <div key={`${need.kind} ${need.id}`} className="fact">
            <Group gap="xs" wrap="nowrap" className="need">
              <Picture size={17} stroke={1.7} aria-hidden />
              <Anchor component={Link} href={hrefOf(need)} size="sm" className="one-line">
                {t(need.kind)} · {need.accountName}
                {need.contact && ` · ${contactName(need.contact)}`}
              </Anchor>
            </Group>
            <Left need={need} />
          </div>
        );
      })}
      {needs !== undefined && needs.length > mostShown && (
        <Text size="sm" c="dimmed" mt="xs">
          {t("andMore", { n: needs.length - mostShown })}
        </Text>
      )}
    </section>
  );
}

/** How long an answer still goes through; for what has no window, since when it waits. */
function Left({ need: { before, since } }: { need: Need }) {
  const t = useTexts(overviewTexts);
  const words = useTimeWords();
  const now = useNow(15_000);
  if (before === null) {
    return (
      <Text size="sm" c="dimmed" className="need-left">
        {since === null ? "–" : <RelativeTime at={since} />}
      </Text>
    );
  }
  const leftMs = Date.parse(before) - now;
  const color = leftMs <= 0 ? "gray" : leftMs > 6 * hourMs ? "teal" : "orange";
  return (
    <Badge
      variant="light"
      color={leftMs > 0 && leftMs <= hourMs ? "red" : color}
      className="status-badge need-left"
    >
      {leftMs <= 0 ? t("windowShut") : t("windowLeft", { age: words.duration(leftMs) })}
    </Badge>
  );
}
