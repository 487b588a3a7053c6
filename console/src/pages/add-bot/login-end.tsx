import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconUsers } from "@tabler/icons-react";
import { Link } from "wouter";
import type { Login } from "#console/client/logins.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { useLoginFailure } from "./login-failure.ts";
import { addBotTexts } from "./texts.ts";

/** How a login ended: connected, somebody else's bot, or failed with its reason. */
export function LoginEnd({ login, onAgain }: { login: Login; onAgain: () => void }) {
  const t = useTexts(addBotTexts);
  const { outcome, accountId } = login;
  if (login.status === "failed" || outcome === null)
    return <Failed login={login} onAgain={onAgain} />;
  const isElsewhere = outcome.accountId !== accountId;
  if (isElsewhere) {
    const isMoved = outcome.kind === "moved";
    return (
      <Alert
        icon={<IconUsers aria-hidden />}
        color="orange"
        title={t(isMoved ? "duplicate" : "otherPerson")}
      >
        <Stack>
          <Text size="sm">{t(isMoved ? "duplicateHint" : "otherPersonHint")}</Text>
          <Group>
            <Button component={Link} href={`/bots/${outcome.accountId}`} variant="default">
              {t("openOther")}
            </Button>
            <Button onClick={onAgain}>{t("again")}</Button>
          </Group>
        </Stack>
      </Alert>
    );
  }
  return (
    <Alert icon={<IconCheck aria-hidden />} color="teal" title={t("connected")}>
      <Stack>
        <Text size="sm">{t(outcome.kind === "new" ? "connectedNew" : "connectedRenewed")}</Text>
        <Group>
          {outcome.kind === "new" && (
            <Button component={Link} href="/approvals">
              {t("toApproval")}
            </Button>
          )}
          <Button component={Link} href={`/bots/${accountId}`} variant="default">
            {t("toBot")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Failed({ login, onAgain }: { login: Login; onAgain: () => void }) {
  const t = useTexts(addBotTexts);
  const failureOf = useLoginFailure();
  const words = useTimeWords();
  const tookMs = new Date(login.qrIssuedAt).getTime() - new Date(login.createdAt).getTime();
  return (
    <Alert icon={<IconAlertTriangle aria-hidden />} color="red" title={t("failed")}>
      <Stack>
        <Text size="sm">
          {failureOf(login)} {tookMs > 1_000 && t("failedAfter", { age: words.duration(tookMs) })}
        </Text>
        <Button w="fit-content" onClick={onAgain}>
          {t("again")}
        </Button>
      </Stack>
    </Alert>
  );
}
