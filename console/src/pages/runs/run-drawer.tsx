import { Drawer, Text } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
import { RunDetail } from "./run-detail.tsx";
import { runTexts } from "./texts.ts";

/** One run beside the list. */
export default function RunDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTexts(runTexts);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={
        <Text span fw={650}>
          {t("one")}
        </Text>
      }
      closeButtonProps={{ "aria-label": t("back") }}
    >
      <RunDetail key={id} id={id} />
    </Drawer>
  );
}
