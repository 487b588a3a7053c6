import { Anchor, Button, Group, Select, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { ListedAccount, readNamesakes } from "#console/client/accounts.ts";
import type { Column } from "#console/parts/data-table.tsx";
import { useStatusName } from "#console/parts/status-badge.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";

type Namesakes = NonNullable<ReturnType<Awaited<ReturnType<typeof readNamesakes>>["get"]>>;

type Given = {
  policies: readonly { value: string; label: string }[];
  policyOf: (bot: ListedAccount) => string;
  onPolicy: (bot: ListedAccount, policyId: string) => void;
  /** Undefined until it is known. */
  namesakesOf: (bot: ListedAccount) => Namesakes | undefined;
  isBusy: boolean;
  onApprove: (bot: ListedAccount) => void;
  onReject: (bot: ListedAccount) => void;
};

/** Who scanned, when, whether the hub knows one alike, and what to answer. */
export function useApprovalColumns(given: Given): readonly Column<ListedAccount>[] {
  const t = useTexts(approvalTexts);
  const { policies, policyOf, onPolicy, namesakesOf, isBusy, onApprove, onReject } = given;
  return [
    {
      id: "name",
      header: t("name"),
      width: "minmax(150px, 1.6fr)",
      cell: ({ _id, name }) => (
        <Anchor component={Link} href={`/bots/${_id}`} size="sm" fw={550} c="inherit">
          {name}
        </Anchor>
      ),
    },
    {
      id: "person",
      header: t("person"),
      width: "minmax(140px, 1.3fr)",
      cell: ({ owner, ilinkUserId }) => (
        <Stack gap={0}>
          <Text span size="sm">
            {owner ?? t("noOwner")}
          </Text>
          <Text span size="xs" ff="monospace" c="dimmed" className="one-line" title={ilinkUserId}>
            {ilinkUserId ?? "–"}
          </Text>
        </Stack>
      ),
    },
    {
      id: "scanned",
      header: t("scanned"),
      width: "minmax(90px, 0.7fr)",
      cell: ({ loggedInAt }) => <RelativeTime at={loggedInAt} />,
      isNamed: true,
    },
    {
      id: "duplicates",
      header: t("duplicates"),
      width: "minmax(120px, 1.2fr)",
      cell: (bot) => <Duplicates namesakes={namesakesOf(bot)} />,
      isNamed: true,
    },
    {
      id: "policy",
      header: t("policy"),
      width: "170px",
      cell: (bot) => (
        <Select
          size="xs"
          aria-label={t("policyFor", { name: bot.name })}
          data={[...policies]}
          value={policyOf(bot)}
          allowDeselect={false}
          onChange={(value) => value !== null && onPolicy(bot, value)}
        />
      ),
    },
    {
      id: "actions",
      header: t("actions"),
      width: "190px",
      cell: (bot) => (
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-sm"
            disabled={isBusy}
            aria-label={t("approveOne", { name: bot.name })}
            onClick={() => onApprove(bot)}
          >
            {t("approve")}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t("rejectTitle", { name: bot.name })}
            onClick={() => onReject(bot)}
          >
            {t("reject")}
          </Button>
        </Group>
      ),
    },
  ];
}

/** One person cannot lend two bots; what people can do is name two alike. */
function Duplicates({ namesakes }: { namesakes: Namesakes | undefined }) {
  const t = useTexts(approvalTexts);
  const statusName = useStatusName();
  if (namesakes === undefined || namesakes.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        {namesakes === undefined ? "…" : t("none")}
      </Text>
    );
  }
  return (
    <Stack gap={0}>
      <Text span size="xs" c="var(--mantine-color-error)" fw={600}>
        {t("sameName")}
      </Text>
      {namesakes.map(({ _id, status, owner }) => (
        <Anchor key={_id} component={Link} href={`/bots/${_id}`} size="xs" className="one-line">
          {statusName(status)} · {owner ?? t("noOwner")}
        </Anchor>
      ))}
    </Stack>
  );
}
