import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/** Asks for a few words before something is done; they stay until it is done. */
export function SayDialog(given: {
  opened: boolean;
  title: string;
  label: string;
  verb: string;
  /** As many characters as the api takes. */
  longest: number;
  isBusy: boolean;
  onClose: () => void;
  onSay: (words: string) => void;
}) {
  const t = useTexts(partTexts);
  const { opened, title, label, verb, longest, isBusy, onClose, onSay } = given;
  const [words, setWords] = useState("");
  const say = () => {
    if (words.trim() !== "" && !isBusy) onSay(words.trim());
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack>
        <Textarea
          label={label}
          autosize
          minRows={3}
          maxLength={longest}
          data-autofocus
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) say();
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button onClick={say} loading={isBusy} disabled={words.trim() === ""}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
