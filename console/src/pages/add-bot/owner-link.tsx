import { Button, CopyButton, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconCopy, IconLink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { makeOwnerLink } from "#console/client/logins.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useTimeWords } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { addBotTexts } from "./texts.ts";

/** A link for an owner who is not here. */
export function OwnerLink({ accountId }: { accountId: string }) {
  const t = useTexts(addBotTexts);
  const words = useTimeWords();
  const link = useMutation({ mutationFn: () => makeOwnerLink(accountId) });
  return (
    <Stack className="panel facts" gap="sm" w="100%">
      <div>
        <Title order={2} size="h5">
          {t("absent")}
        </Title>
        <Text size="sm" c="dimmed">
          {t("absentHint")}
        </Text>
      </div>
      {link.error && <ErrorBox error={link.error} />}
      {link.data ? (
        <>
          <Text size="sm">{t("linkHint", { until: words.absolute(link.data.expiresAt) })}</Text>
          <Group wrap="nowrap">
            <TextInput readOnly flex={1} aria-label={t("sendLink")} value={link.data.url} />
            <CopyButton value={link.data.url}>
              {({ copied, copy }) => (
                <Button variant="default" leftSection={<IconCopy size={16} />} onClick={copy}>
                  {t(copied ? "copied" : "copyLink")}
                </Button>
              )}
            </CopyButton>
          </Group>
        </>
      ) : (
        <Button
          w="fit-content"
          variant="default"
          leftSection={<IconLink size={16} />}
          loading={link.isPending}
          onClick={() => link.mutate()}
        >
          {t("sendLink")}
        </Button>
      )}
    </Stack>
  );
}
