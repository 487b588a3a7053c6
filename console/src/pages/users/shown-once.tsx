import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { partTexts } from "#console/parts/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { userTexts } from "./texts.ts";

/** A secret that is never shown again, to be copied now. */
export function ShownOnce({
  title,
  hint,
  value,
  onClose,
}: {
  title: string;
  hint: string;
  value: string;
  onClose: () => void;
}) {
  const t = useTexts(userTexts);
  const part = useTexts(partTexts);
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": part("close") }}
    >
      <Stack>
        <Text size="sm">{hint}</Text>
        <Group wrap="nowrap">
          <TextInput readOnly flex={1} aria-label={title} value={value} data-autofocus />
          <CopyButton value={value}>
            {({ copied, copy }) => <Button onClick={copy}>{t(copied ? "copied" : "copy")}</Button>}
          </CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
