import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ApiError, unreadableCode } from "#console/client/api-error.ts";
import { useLanguage, type Language } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/** What went wrong, what it means, what to do, and a code to pass on. */
export function ErrorBox({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const t = useTexts(partTexts);
  const { titleKey, code, whatToDo, detail } = explain(error);
  const own = useOwnWords(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t(titleKey)}
      role="alert"
    >
      <Stack gap="xs">
        {own ? (
          <>
            <Text size="sm">{own.join("")}</Text>
            <Text size="xs" c="dimmed" lang="en">
              {detail} {whatToDo}
            </Text>
          </>
        ) : (
          <>
            <Text size="sm">{titleKey === "errorNetwork" ? t("errorNetworkEffect") : detail}</Text>
            {whatToDo && <Text size="sm">{whatToDo}</Text>}
          </>
        )}
        <Group gap="xs">
          <Code>{code}</Code>
          <CopyButton value={code}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy}>
                {copied ? t("copied") : t("copyCode")}
              </Button>
            )}
          </CopyButton>
          {onRetry && (
            <Button size="compact-xs" variant="default" onClick={onRetry}>
              {t("retry")}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

/** Meaning and next step in the reader's language, where that is not the api's own. */
function useOwnWords(error: Error) {
  const { language } = useLanguage();
  const words = useQuery({
    queryKey: ["words-of-errors", language, codeOf(error)],
    queryFn: () => ownWordsOf(error, language),
    enabled: language === "zh" && error instanceof ApiError,
    staleTime: Infinity,
  });
  return words.data ?? null;
}

function codeOf(error: Error): string {
  return error instanceof ApiError ? error.code : error.name;
}

/**
 * The catalogue comes only when there is an error to explain. Null where it has no words for it, and
 * where it cannot be read: then the api's own are shown.
 */
export async function ownWordsOf(error: Error, language: Language) {
  if (language !== "zh" || !(error instanceof ApiError) || error.status === 0) return null;
  try {
    const { errorsInChinese } = await import("#console/texts/errors-zh.ts");
    return errorsInChinese[error.code] ?? null;
  } catch {
    return null;
  }
}

/** The title in the reader's language; the detail as the api wrote it. */
export function explain(error: Error) {
  if (!(error instanceof ApiError)) {
    return {
      titleKey: "errorFault",
      code: error.name,
      whatToDo: "",
      detail: error.message,
    } as const;
  }
  const code = error.requestId ? `${error.code} · ${error.requestId}` : error.code;
  const { whatToDo, message: detail } = error;
  const titleKey = titleOf(error);
  return { titleKey, code, whatToDo, detail } as const;
}

function titleOf({ code, status }: ApiError) {
  if (code === unreadableCode) return "errorUnreadable";
  if (code === "sign_in.refused") return "errorSignIn";
  if (status === 0) return "errorNetwork";
  if (status === 401) return "errorSignedOut";
  if (status === 403) return "errorForbidden";
  if (status === 404) return "errorMissing";
  if (status === 409) return "errorState";
  if (status === 429) return "errorTooMany";
  if (status === 502) return "errorRemote";
  return status < 500 ? "errorInput" : "errorFault";
}
