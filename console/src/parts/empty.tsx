import { Button, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconFilterOff, IconLock, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Role } from "#console/client/me.ts";
import { useTexts } from "#console/texts/texts.ts";
import { useRoleName } from "./role-name.ts";
import { partTexts } from "./texts.ts";

type Shown = { icon: Icon; title: string; children?: ReactNode; action?: ReactNode };

/** Nothing there yet: says what will be here, with the one step that leads there. */
export function EmptyFirstUse({ icon: Picture, title, children, action }: Shown) {
  return (
    <Stack align="center" gap="sm" py={64} px="md" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light" aria-hidden>
        <Picture size={26} />
      </ThemeIcon>
      <Title order={2} size="h4">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" maw={440}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** Filters hide everything: one click shows all again. */
export function EmptyNoMatch({ onClear }: { onClear: () => void }) {
  const t = useTexts(partTexts);
  const action = (
    <Button variant="default" onClick={onClear}>
      {t("clearFilters")}
    </Button>
  );
  return (
    <EmptyFirstUse icon={IconFilterOff} title={t("noMatch")} action={action}>
      {t("noMatchHint")}
    </EmptyFirstUse>
  );
}

/** The reader's role does not reach. */
export function EmptyNoRight({ needs }: { needs: Role }) {
  const t = useTexts(partTexts);
  const roleName = useRoleName();
  return (
    <EmptyFirstUse icon={IconLock} title={t("noRight")}>
      {t("noRightHint", { role: roleName(needs) })}
    </EmptyFirstUse>
  );
}
