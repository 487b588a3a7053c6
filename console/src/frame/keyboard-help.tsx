import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { usePageKeys } from "#console/parts/page-keys.ts";
import { partTexts } from "#console/parts/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { frameTexts } from "./texts.ts";
import { usePlaces } from "./use-places.ts";

/** The keys that work on every page, and the list of them behind `?`. */
export function KeyboardHelp({
  opened,
  onOpen,
  onClose,
}: {
  opened: boolean;
  onOpen: () => void;
  onClose: () => void;
}) {
  const t = useTexts(partTexts);
  const place = useTexts(frameTexts);
  const seen = usePlaces();
  const ofPage = usePageKeys();
  useKeys(onOpen);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("keyboard")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack gap="xs">
        {ofPage.map(({ key, text }) => (
          <Line key={key} text={text} keys={[key]} />
        ))}
        <Line text={t("keyPalette")} keys={["Ctrl / ⌘", "K"]} />
        <Line text={t("keySearch")} keys={["/"]} />
        <Line text={t("keyHelp")} keys={["?"]} />
        {seen.map(({ path, text, key }) => (
          <Line key={path} text={t("keyGo", { page: place(text) })} keys={["g", key]} />
        ))}
      </Stack>
    </Modal>
  );
}

function Line({ text, keys }: { text: string; keys: readonly string[] }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{text}</Text>
      <Group gap={4} wrap="nowrap">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </Group>
    </Group>
  );
}

/** `g` and a letter within a second leads to a page; never while somebody writes. */
function useKeys(onHelp: () => void): void {
  const [, navigate] = useLocation();
  const seen = usePlaces();
  const pressedG = useRef(0);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const afterG = Date.now() - pressedG.current < 1_000;
      pressedG.current = event.key === "g" ? Date.now() : 0;
      const wanted = afterG ? seen.find(({ key }) => key === event.key) : undefined;
      if (wanted) {
        event.preventDefault();
        event.stopImmediatePropagation();
        navigate(wanted.path);
      } else if (event.key === "?") onHelp();
      else if (event.key === "/") {
        const search = document.querySelector("[data-search]");
        if (!(search instanceof HTMLElement)) return;
        event.preventDefault();
        search.focus();
      }
    };
    addEventListener("keydown", listen, { capture: true });
    return () => removeEventListener("keydown", listen, { capture: true });
  }, [navigate, onHelp, seen]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
