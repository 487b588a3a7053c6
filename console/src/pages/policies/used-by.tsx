import { Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { useTexts } from "#console/texts/texts.ts";
import type { PolicyDetail } from "./read-policy.ts";
import { policyTexts } from "./texts.ts";

/** The api gives so many at the most. */
const mostGiven = 200;

/** Which bots a policy is for, and which of them have a Hermes of their own. */
export function UsedBy({ policy }: { policy: PolicyDetail }) {
  const t = useTexts(policyTexts);
  const { accounts } = policy;
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Title order={3} size="h6">
          {t("usedBy", { n: accounts.length === mostGiven ? `${mostGiven}+` : accounts.length })}
        </Title>
        {accounts.length > 0 && (
          <Anchor component={Link} href={`/bots?policyId=${policy._id}`} size="sm">
            {t("openBots")}
          </Anchor>
        )}
      </Group>
      {accounts.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("nobody")}
        </Text>
      )}
      <Group gap="4px 14px" className="used-by">
        {accounts.map(({ _id, name, hasOwnHermes }) => (
          <Group key={_id} gap={4} wrap="nowrap">
            <Anchor component={Link} href={`/bots/${_id}`} size="sm">
              {name}
            </Anchor>
            {hasOwnHermes && (
              <Badge variant="default" size="xs" radius="sm" className="status-badge">
                {t("ownHermes")}
              </Badge>
            )}
          </Group>
        ))}
      </Group>
      <Stack gap={0} mt="xs">
        <Text size="xs" c="dimmed">
          {t("hermesHint")}
        </Text>
      </Stack>
    </section>
  );
}
