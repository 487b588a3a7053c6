import { Button, Group, Text } from "@mantine/core";
import { hideNotification, showNotification } from "@mantine/notifications";
import { useTexts } from "#console/texts/texts.ts";
import { explain } from "./error-box.tsx";
import { partTexts } from "./texts.ts";

let lastToast = 0;

/** `done` says what happened, with undo where that is possible; `failed` says why not. */
export function useToasts() {
  const t = useTexts(partTexts);
  return {
    done(message: string, undo?: () => void) {
      const id = `toast-${++lastToast}`;
      showNotification({
        id,
        color: "teal",
        autoClose: undo ? 6_000 : 4_000,
        message: undo ? (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{message}</Text>
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                hideNotification(id);
                undo();
              }}
            >
              {t("undo")}
            </Button>
          </Group>
        ) : (
          message
        ),
        closeButtonProps: { "aria-label": t("close") },
      });
    },
    failed(error: Error) {
      const { titleKey, detail, whatToDo } = explain(error);
      showNotification({
        color: "red",
        autoClose: 10_000,
        title: t(titleKey),
        message: titleKey === "errorNetwork" ? t("errorNetworkEffect") : `${detail} ${whatToDo}`,
        closeButtonProps: { "aria-label": t("close") },
      });
    },
  };
}
