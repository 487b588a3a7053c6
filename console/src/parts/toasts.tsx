import { Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { hideNotification, showNotification } from "@mantine/notifications";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { explain, ownWordsOf } from "./error-box.tsx";
import { partTexts } from "./texts.ts";

let lastToast = 0;

/** `done` says what happened, with undo where that is possible; `failed` says why not, with a code to pass on. */
export function useToasts() {
  const t = useTexts(partTexts);
  const { language } = useLanguage();

  async function showFailure(error: Error, title?: string): Promise<void> {
    const own = await ownWordsOf(error, language);
    const { titleKey, code, detail, whatToDo } = explain(error);
    showNotification({
      color: "red",
      autoClose: 20_000,
      title: title ?? t(titleKey),
      message: (
        <>
          {own?.join("") ??
            (titleKey === "errorNetwork" ? t("errorNetworkEffect") : `${detail} ${whatToDo}`)}
          <Group gap="xs" mt={6}>
            <Code>{code}</Code>
            <CopyButton value={code}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {t(copied ? "copied" : "copyCode")}
                </Button>
              )}
            </CopyButton>
          </Group>
        </>
      ),
      role: "alert",
      closeButtonProps: { "aria-label": t("close") },
    });
  }

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
    failed(error: Error, title?: string) {
      void showFailure(error, title);
    },
  };
}
