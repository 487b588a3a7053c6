import { openSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import "@mantine/spotlight/styles.css";
import { IconPlus, IconRobot, IconSearch } from "@tabler/icons-react";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { useMay } from "#console/client/me.ts";
import { partTexts } from "#console/parts/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { findBots } from "#console/client/accounts.ts";
import { frameTexts } from "./texts.ts";
import { usePlaces } from "./use-places.ts";

/** Cmd+K: pages, bots by name or label, and actions; opens each time that `asked` rises. */
export default function Palette({ asked: askedFor }: { asked: number }) {
  useEffect(() => openSpotlight(), [askedFor]);
  const t = useTexts(partTexts);
  const place = useTexts(frameTexts);
  const [, navigate] = useLocation();
  const seen = usePlaces();
  const mayAdd = useMay("operator");
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const bots = useQuery({
    queryKey: ["palette", asked],
    queryFn: () => findBots(asked),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  const pages: SpotlightActionGroupData = {
    group: t("pages"),
    actions: [
      ...seen.map(({ path, text, icon: Picture }) => ({
        id: path,
        label: place(text),
        keywords: [text, path],
        leftSection: <Picture size={18} stroke={1.7} aria-hidden />,
        onClick: () => navigate(path),
      })),
      ...(mayAdd
        ? [
            {
              id: "add-bot",
              label: place("addBot"),
              leftSection: <IconPlus size={18} stroke={1.7} aria-hidden />,
              onClick: () => navigate("/bots/new"),
            },
          ]
        : []),
    ],
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
  return (
    <Spotlight
      actions={asked.length > 0 ? [pages, found] : [pages]}
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
