import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { ErrorBox } from "./error-box.tsx";
import { partTexts } from "./texts.ts";

/** What the button that stores is called and does; `errors` are shown above the fields. */
type Saving = {
  name: string;
  isPending: boolean;
  start: () => void;
  errors: readonly (Error | null)[];
  isDanger?: boolean;
  isReady?: boolean;
};

/** A form over the page. What was typed stays when storing fails. */
export function FormDialog({
  title,
  saving,
  onClose,
  aside,
  children,
}: {
  title: string;
  saving: Saving;
  onClose: () => void;
  /** Stands across from the buttons. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  const t = useTexts(partTexts);
  const { name, isPending, start, errors, isDanger = false, isReady = true } = saving;
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <Stack>
          {errors.map((error, place) => error && <ErrorBox key={place} error={error} />)}
          {children}
          <Group justify={aside === undefined ? "flex-end" : "space-between"}>
            {aside}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {t("cancel")}
              </Button>
              <Button
                type="submit"
                loading={isPending}
                disabled={!isReady}
                {...(isDanger ? { color: "red.8" } : {})}
              >
                {name}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
