import { Group, Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";

/** Says that the browser has no connection, as long as it has none. */
export function OfflineBanner() {
  const { online } = useNetwork();
  const t = useTexts(partTexts);
  if (online) return null;
  return (
    <Group className="page-banner" gap="xs" px="md" py={6} role="status" wrap="nowrap">
      <IconWifiOff size={16} aria-hidden />
      <Text size="sm">{t("offline")}</Text>
    </Group>
  );
}
