import { Button, Group, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useEffect } from "react";
import { lookForNewBuild, useNewBuild } from "#console/client/new-build.ts";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/**
 * Says that the console was renewed while this tab stayed open. It is looked for when somebody comes
 * back to the tab, goes to another page, or a part of the old build is gone, never by itself; answers
 * of the api tell it as well.
 */
export function NewBuildBanner({ where }: { where: string }) {
  const t = useTexts(partTexts);
  const isThere = useNewBuild();
  useEffect(() => void lookForNewBuild(), [where]);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") void lookForNewBuild();
    };
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    addEventListener("vite:preloadError", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
      removeEventListener("vite:preloadError", look);
    };
  }, []);
  if (!isThere) return null;
  return (
    <Group className="page-banner" gap="xs" px="md" py={6} role="status">
      <IconRefresh size={16} aria-hidden />
      <Text size="sm" flex="1 1 200px">
        {t("newBuild")}
      </Text>
      <Button size="compact-sm" color="dark" onClick={() => location.reload()}>
        {t("reload")}
      </Button>
    </Group>
  );
}
