import { Button, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { signInTexts } from "./texts.ts";

/** What stands alone on a page before anybody is signed in. */
export function Card({
  title,
  hint,
  children,
}: {
  title: string;
  hint: string;
  children: ReactNode;
}) {
  const t = useTexts(signInTexts);
  const { language, choose } = useLanguage();
  useDocumentTitle(`${title} · ClawBot Hub`);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w="100%" maw={380} gap="md">
        <Group gap="sm" justify="center">
          <img src="/icon.svg" width={36} height={36} alt="" />
          <Text fw={650} size="lg">
            ClawBot Hub
          </Text>
        </Group>
        <Paper className="panel" p="xl" shadow="sm">
          <Stack>
            <div>
              <Title order={1} size="h3">
                {title}
              </Title>
              <Text size="sm" c="dimmed">
                {hint}
              </Text>
            </div>
            {children}
          </Stack>
        </Paper>
        <Center>
          <Button
            variant="subtle"
            size="compact-sm"
            lang={language === "zh" ? "en" : "zh-CN"}
            onClick={() => choose(language === "zh" ? "en" : "zh")}
          >
            {t("otherLanguage")}
          </Button>
        </Center>
      </Stack>
    </Center>
  );
}
