import { Button, Group, Menu, Text } from "@mantine/core";
import {
  accountsKey,
  doWithMany,
  shownAs,
  type Bulk,
  type ListedAccount,
} from "#console/client/accounts.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { editRows, type Kept } from "#console/parts/edit-rows.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTellResults } from "#console/parts/use-tell-results.ts";
import { useTexts } from "#console/texts/texts.ts";
import { botTexts } from "./texts.ts";

/** What to do with the chosen bots. */
export function BulkBar({
  ids,
  policies,
  onDone,
}: {
  ids: readonly string[];
  policies: readonly { value: string; label: string }[];
  onDone: () => void;
}) {
  const t = useTexts(botTexts);
  const tell = useTellResults();
  const confirm = useConfirm();
  const bulk = useOptimistic({
    change: doWithMany,
    show: {
      key: [...accountsKey, "list"],
      apply: (kept: Kept<ListedAccount>, wanted: Bulk) =>
        editRows(kept, (bot) => {
          return wanted.ids.includes(bot._id) ? { ...bot, ...shownAs(wanted) } : bot;
        }),
    },
    renews: [accountsKey],
    onDone(results) {
      tell(results, (n) => t("bulkDone", { n }));
      onDone();
    },
  });
  const suspend = async () => {
    const question = {
      title: t("suspendAsk", { n: ids.length }),
      text: t("suspendText"),
      confirm: t("suspend"),
      danger: true,
    };
    if (await confirm(question)) bulk.mutate({ ids, verb: "suspend" });
  };
  const plain = [
    ["approve", "approve"],
    ["start-polling", "startPolling"],
    ["stop-polling", "stopPolling"],
    ["resume", "resume"],
  ] as const;
  return (
    <Group className="panel bulk-bar" px="md" py="xs" gap="xs" role="region" aria-live="polite">
      <Text size="sm" fw={600}>
        {t("chosen", { n: ids.length })}
      </Text>
      {plain.map(([verb, text]) => (
        <Button
          key={verb}
          size="compact-sm"
          variant="default"
          disabled={bulk.isPending}
          onClick={() => bulk.mutate({ ids, verb })}
        >
          {t(text)}
        </Button>
      ))}
      <Menu shadow="md">
        <Menu.Target>
          <Button size="compact-sm" variant="default" disabled={bulk.isPending}>
            {t("setPolicy")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {policies.map(({ value, label }) => (
            <Menu.Item
              key={value}
              onClick={() => bulk.mutate({ ids, verb: "set-policy", policyId: value })}
            >
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        size="compact-sm"
        variant="default"
        disabled={bulk.isPending}
        onClick={() => void suspend()}
      >
        {t("suspend")}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onDone}>
        {t("clear")}
      </Button>
    </Group>
  );
}
