import { Center, Loader, Text } from "@mantine/core";
import { useState } from "react";
import { useParams } from "wouter";
import { readConversation } from "#console/client/conversations.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLive } from "#console/parts/use-live.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { ContactPane } from "./contact-pane.tsx";
import {
  ConversationList,
  filterNames,
  readConversations,
  type Listed,
} from "./conversation-list.tsx";
import { ConversationPane } from "./conversation-pane.tsx";
import "./inbox.css";
import { inboxTexts } from "./texts.ts";

const everyMs = 5_000;

/** Three panes beside each other; on a phone one at a time. */
export default function Inbox() {
  const t = useTexts(inboxTexts);
  const { "*": openedId } = useParams();
  const filters = useFilters(filterNames);
  const list = useLiveList<Listed>({
    key: ["conversations", filters.values],
    read: (asked) => readConversations(filters.values, asked),
    everyMs,
    tellsChanges: true,
  });
  return (
    <Page title={t("title")} mark={<LiveMark updatedAt={list.updatedAt} everyMs={everyMs} />}>
      <div className="inbox" data-opened={openedId ? true : undefined}>
        <section className="panel inbox-pane inbox-list">
          <ConversationList list={list} filters={filters} openedId={openedId} />
        </section>
        {openedId ? (
          <Opened key={openedId} id={openedId} />
        ) : (
          <section className="panel inbox-pane inbox-middle">
            <Center h="100%">
              <Text c="dimmed">{t("choose")}</Text>
            </Center>
          </section>
        )}
      </div>
    </Page>
  );
}

function Opened({ id }: { id: string }) {
  const [showsContact, setShowsContact] = useState(false);
  const { data, error, refetch } = useLive({
    key: ["conversation", id],
    read: () => readConversation(id),
    everyMs,
  });
  if (!data) {
    return (
      <section className="panel inbox-pane inbox-middle">
        {error ? (
          <ErrorBox error={error} onRetry={() => void refetch()} />
        ) : (
          <Center h="100%">
            <Loader size="sm" />
          </Center>
        )}
      </section>
    );
  }
  return (
    <>
      <section className="panel inbox-pane inbox-middle" data-behind={showsContact || undefined}>
        <ConversationPane conversation={data} onContact={() => setShowsContact(true)} />
      </section>
      <aside className="panel inbox-pane inbox-contact" data-shown={showsContact || undefined}>
        <ContactPane conversation={data} onClose={() => setShowsContact(false)} />
      </aside>
    </>
  );
}
