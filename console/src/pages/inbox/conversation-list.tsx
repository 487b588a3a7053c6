import { Box, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconInbox, IconX } from "@tabler/icons-react";
import { Link } from "wouter";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { BotFilter } from "#console/parts/bot-filter.tsx";
import { ChoiceFilter, SearchFilter } from "#console/parts/filter-bar.tsx";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { partTexts } from "#console/parts/texts.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import type { useFilters } from "#console/parts/use-filters.ts";
import type { Asked, useLiveList } from "#console/parts/use-live-list.ts";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { threadTexts } from "#console/parts/thread/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { inboxTexts } from "./texts.ts";
import { WindowLeft } from "./window-left.tsx";

export const filterNames = ["q", "state", "sort", "accountId"] as const;
type FilterName = (typeof filterNames)[number];
const saidBy = { hermes: "saidHermes", person: "saidPerson", hub: "saidHub" } as const;
const states = ["waiting", "open", "taken-over", "parked"] as const;

export async function readConversations(
  filters: Partial<Record<FilterName, string>>,
  asked: Asked,
) {
  const { q, accountId } = filters;
  const state = states.find((each) => each === filters.state);
  const query = {
    ...(q ? { q } : {}),
    ...(accountId ? { accountId } : {}),
    ...(state ? { state } : {}),
    ...(filters.sort === "window" ? { sort: "window" as const } : {}),
    ...asked,
  };
  const page = await listOf(answerOf(api.conversations.$get({ query })));
  const items = page.items.map((each) => ({
    ...each,
    botName: page.accounts[each.accountId]?.name ?? each.accountId,
  }));
  return { ...page, items };
}
export type Listed = Awaited<ReturnType<typeof readConversations>>["items"][number];

/** The left pane: who wrote, what was said last, where, when, and how long one may answer. */
export function ConversationList({
  list,
  filters: { values, set, clear, active },
  openedId,
}: {
  list: ReturnType<typeof useLiveList<Listed>>;
  filters: ReturnType<typeof useFilters<FilterName>>;
  openedId: string | undefined;
}) {
  const t = useTexts(inboxTexts);
  const part = useTexts(partTexts);
  return (
    <>
      <Group gap={6} p="xs" role="search" className="inbox-filters">
        <SearchFilter
          value={values.q ?? ""}
          onChange={(q) => set("q", q)}
          placeholder={t("search")}
        />
        <ChoiceFilter
          label={t("anyState")}
          value={values.state}
          options={states.map((value) => ({ value, label: t(value) }))}
          onChange={(value) => set("state", value)}
        />
        <ChoiceFilter
          label={t("order")}
          value={values.sort}
          options={[
            { value: "last-inbound", label: t("byMessage") },
            { value: "window", label: t("byWindow") },
          ]}
          onChange={(value) => set("sort", value)}
        />
        <BotFilter value={values.accountId} onChange={(value) => set("accountId", value)} />
        {active && (
          <Button variant="subtle" size="xs" leftSection={<IconX size={14} />} onClick={clear}>
            {part("clearFilters")}
          </Button>
        )}
      </Group>
      <nav className="inbox-rows" aria-label={t("list")}>
        {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
        {list.isLoading && <Waiting />}
        {!list.isLoading &&
          !list.error &&
          list.items.length === 0 &&
          (active ? (
            <EmptyNoMatch onClear={clear} />
          ) : (
            <EmptyFirstUse icon={IconInbox} title={t("none")}>
              {t("noneHint")}
            </EmptyFirstUse>
          ))}
        {list.items.map((each) => (
          <Row key={each._id} listed={each} isOpen={each._id === openedId} />
        ))}
        {list.hasMore && (
          <Button
            variant="subtle"
            size="xs"
            fullWidth
            loading={list.isLoadingMore}
            onClick={() => void list.loadMore()}
          >
            {part("more")}
          </Button>
        )}
      </nav>
    </>
  );
}

function Row({ listed, isOpen }: { listed: Listed; isOpen: boolean }) {
  const contactName = useContactName();
  return (
    <Link
      href={`/inbox/${listed._id}${window.location.search}`}
      className="inbox-row"
      {...(isOpen ? { "aria-current": "true" as const } : {})}
    >
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Text size="sm" fw={600} className="one-line">
          {contactName(listed)}
        </Text>
        <Text size="xs" c="dimmed" className="inbox-when">
          <RelativeTime at={listed.lastInboundAt} />
        </Text>
      </Group>
      <LastSaid preview={listed.preview} />
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Box className="one-line inbox-bot">{listed.botName}</Box>
        <Group gap={4} wrap="nowrap">
          {listed.takenOverBy !== null && <StatusBadge status="taken_over" />}
          {listed.takenOverBy === null && listed.turnUntil !== null && (
            <StatusBadge status="running" />
          )}
          <WindowLeft window={listed.window} withCredits />
        </Group>
      </Group>
    </Link>
  );
}

/** The beginning of what was said last, and by whom unless it was the contact. */
function LastSaid({ preview }: Pick<Listed, "preview">) {
  const t = useTexts(inboxTexts);
  const thread = useTexts(threadTexts);
  if (preview === undefined) return null;
  const { by } = preview;
  const said = preview.text ?? thread("noText");
  return (
    <Text size="sm" c="dimmed" className="one-line">
      {by === "contact" ? said : thread("named", { kind: t(saidBy[by]), name: said })}
    </Text>
  );
}

function Waiting() {
  return (
    <Stack gap={8} p="xs">
      {["a", "b", "c", "d", "e"].map((each) => (
        <Skeleton key={each} height={66} />
      ))}
    </Stack>
  );
}
