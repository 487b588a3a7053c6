import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { openSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import "@mantine/spotlight/styles.css";
import {
  IconLanguage,
  IconMessageCircle,
  IconMoon,
  IconPlus,
  IconRobot,
  IconSearch,
  IconSun,
  type Icon,
} from "@tabler/icons-react";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { partTexts } from "#console/parts/texts.ts";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { findBots } from "#console/client/accounts.ts";
import { frameTexts } from "./texts.ts";
import { usePlaces } from "./use-places.ts";

/** Cmd+K: pages, bots by name or label, contacts by alias, and actions; opens each time that `asked` rises. */
export default function Palette({ asked: askedFor }: { asked: number }) {
  useEffect(() => openSpotlight(), [askedFor]);
  const t = useTexts(partTexts);
  const place = useTexts(frameTexts);
  const [, navigate] = useLocation();
  const seen = usePlaces();
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const bots = useQuery({
    queryKey: ["palette", asked],
    queryFn: () => findBots(asked),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  const contacts = useQuery({
    queryKey: ["palette", "contacts", asked],
    queryFn: () => findContacts(asked),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  const pages: SpotlightActionGroupData = {
    group: t("pages"),
    actions: seen.map(({ path, text, icon: Picture }) => ({
      id: path,
      label: place(text),
      keywords: [text, path],
      leftSection: <Picture size={18} stroke={1.7} aria-hidden />,
      onClick: () => navigate(path),
    })),
  };
  const found: SpotlightActionGroupData = {
    group: t("bots"),
    actions: (bots.data ?? []).map(({ _id, name, labels }) => ({
      id: _id,
      label: name,
      description: labels.join(", "),
      // The server found it; the palette's own filter must not hide it again.
      keywords: [query],
      leftSection: <IconRobot size={18} stroke={1.7} aria-hidden />,
      onClick: () => navigate(`/bots/${_id}`),
    })),
  };
  const people: SpotlightActionGroupData = {
    group: t("contacts"),
    actions: (contacts.data ?? []).map(({ _id, alias, botName }) => ({
      id: _id,
      label: alias ?? t("unnamed"),
      description: botName,
      keywords: [query],
      leftSection: <IconMessageCircle size={18} stroke={1.7} aria-hidden />,
      onClick: () => navigate(`/inbox/${_id}`),
    })),
  };
  const doing = useDoings(navigate);
  return (
    <Spotlight
      actions={asked.length > 0 ? [pages, found, people, doing] : [pages, doing]}
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K"]}
      nothingFound={t("nothingFound")}
      scrollable
      maxHeight={420}
      highlightQuery
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t("findAnything"),
        "aria-label": t("findAnything"),
      }}
    />
  );
}

/** What one may do from anywhere. */
function useDoings(navigate: (path: string) => void): SpotlightActionGroupData {
  const t = useTexts(partTexts);
  const place = useTexts(frameTexts);
  const mayAdd = useMay("operator");
  const { language, choose } = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const icon = (Picture: Icon) => <Picture size={18} stroke={1.7} aria-hidden />;
  const adding = {
    id: "add-bot",
    label: place("addBot"),
    leftSection: icon(IconPlus),
    onClick: () => navigate("/bots/new"),
  };
  const colors = {
    id: "colors",
    label: place(isDark ? "light" : "dark"),
    leftSection: icon(isDark ? IconSun : IconMoon),
    onClick: () => setColorScheme(isDark ? "light" : "dark"),
  };
  const otherLanguage = {
    id: "language",
    label: place("otherLanguage"),
    leftSection: icon(IconLanguage),
    onClick: () => choose(language === "zh" ? "en" : "zh"),
  };
  return {
    group: t("actions"),
    actions: mayAdd ? [adding, colors, otherLanguage] : [colors, otherLanguage],
  };
}

/** A few conversations whose contact or bot is called like this. */
async function findContacts(q: string) {
  const found = await listOf(answerOf(api.conversations.$get({ query: { q, limit: "6" } })));
  return found.items.map(({ _id, alias, accountId }) => {
    return { _id, alias, botName: found.accounts[accountId]?.name ?? accountId };
  });
}
