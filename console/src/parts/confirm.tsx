import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { createContext, useCallback, useContext, useState, type ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

type Question = {
  title: string;
  /** What it brings about, and whether it can be taken back. */
  text: ReactNode;
  /** The verb on the button. */
  confirm: string;
  danger?: boolean;
};
type Ask = (question: Question) => Promise<boolean>;

const ConfirmContext = createContext<Ask | null>(null);

/** Gives `useConfirm` its dialog. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const t = useTexts(partTexts);
  const [asked, setAsked] = useState<{ question: Question; answer(yes: boolean): void } | null>(
    null,
  );
  const [opened, setOpened] = useState(false);
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((resolve) => {
        setAsked({ question, answer: resolve });
        setOpened(true);
      }),
    [],
  );
  const settle = (yes: boolean) => {
    asked?.answer(yes);
    setOpened(false);
  };
  return (
    <ConfirmContext value={ask}>
      {children}
      <Modal
        opened={opened}
        onClose={() => settle(false)}
        title={asked?.question.title}
        centered
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <Stack>
          <Text component="div" size="sm">
            {asked?.question.text}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => settle(false)} data-autofocus>
              {t("cancel")}
            </Button>
            <Button
              {...(asked?.question.danger ? { color: "red.8" } : {})}
              onClick={() => settle(true)}
            >
              {asked?.question.confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </ConfirmContext>
  );
}

/** Asks before something that cannot be taken back: `if (await confirm({…})) …`. */
export function useConfirm(): Ask {
  const ask = useContext(ConfirmContext);
  if (!ask) throw new Error("useConfirm needs a ConfirmProvider above it.");
  return ask;
}
