import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { usePageKeys } from "#console/parts/page-keys.ts";
import { partTexts } from "#console/parts/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { frameTexts } from "./texts.ts";
import { usePlaces } from "./use-places.ts";

/** The keys that work on every page, behind `?`. */
export default function KeyboardHelp({
  opened,
  onClose,
}: {
  opened: boolean;
  onClose: () => void;
}) {
  const t = useTexts(partTexts);
  const place = useTexts(frameTexts);
  const seen = usePlaces();
  const ofPage = usePageKeys();
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
