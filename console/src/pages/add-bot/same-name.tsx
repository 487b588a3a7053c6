import { Alert, Anchor, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { findBots } from "#console/client/accounts.ts";
import { useStatusName } from "#console/parts/status-badge.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { addBotTexts } from "./texts.ts";

/** Warns, and hinders nobody, where a bot of this name is there already. */
export function SameName({ name }: { name: string }) {
  const t = useTexts(addBotTexts);
  const statusName = useStatusName();
  const [asked] = useDebouncedValue(name.trim().toLowerCase(), 300);
  const found = useQuery({
    queryKey: ["same-name", asked],
    queryFn: () => findBots(asked),
    enabled: asked !== "",
  });
  const same = found.data?.filter((bot) => bot.name.toLowerCase() === asked) ?? [];
  if (asked === "" || same.length === 0) return null;
  return (
    <Alert
      color="orange"
      variant="light"
      role="status"
      icon={<IconUsers aria-hidden />}
      title={t("sameName")}
    >
      {same.map((bot) => (
        <Text key={bot._id} size="sm">
          <Anchor component={Link} href={`/bots/${bot._id}`} size="sm">
            {bot.name}
          </Anchor>{" "}
          · {statusName(bot.status)}
          {bot.owner !== null && ` · ${bot.owner}`}
        </Text>
      ))}
    </Alert>
  );
}
