import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
import type { Question } from "./confirm.tsx";
import { partTexts } from "./texts.ts";

/** What is asked, what it brings about, and the two ways on; the safe one has the focus. */
export default function ConfirmDialog({
  question,
  opened,
  onSettle,
}: {
  question: Question;
  opened: boolean;
  onSettle: (yes: boolean) => void;
}) {
  const t = useTexts(partTexts);
  return (
    <Modal
      opened={opened}
      onClose={() => onSettle(false)}
      title={question.title}
      centered
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack>
        <Text component="div" size="sm">
          {question.text}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onSettle(false)} data-autofocus>
            {t("cancel")}
          </Button>
          <Button {...(question.danger ? { color: "red.8" } : {})} onClick={() => onSettle(true)}>
            {question.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
