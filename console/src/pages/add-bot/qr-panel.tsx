import { RingProgress, Stack, Text } from "@mantine/core";
import type { Login } from "#console/client/logins.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import { QrCode } from "./qr-code.tsx";
import { addBotTexts } from "./texts.ts";

/** The code to scan, with a ring for the time that the login has left. */
export function QrPanel({ login }: { login: Login }) {
  const t = useTexts(addBotTexts);
  const words = useTimeWords();
  const now = useNow(1_000);
  const endsAt = new Date(login.expiresAt).getTime();
  const leftMs = Math.max(0, endsAt - now);
  const wholeMs = endsAt - new Date(login.createdAt).getTime();
  const left = t("leftFor", { left: words.duration(leftMs) });
  return (
    <Stack align="center" gap="xs">
      <div className="qr-frame" data-scanned={login.status !== "waiting" || undefined}>
        <QrCode content={login.qrContent} label={t("qrName")} />
      </div>
      <RingProgress
        size={76}
        thickness={6}
        label={
          <Text size="xs" fw={600} ta="center" aria-hidden>
            {clockOf(leftMs)}
          </Text>
        }
        roundCaps
        sections={[{ value: (leftMs / wholeMs) * 100, color: leftMs < 60_000 ? "orange" : "pine" }]}
        rootColor="var(--hub-line)"
        aria-label={left}
        role="img"
      />
      <Text size="sm" c="dimmed">
        {t("codeOf", { n: login.qrCount })} · {left}
      </Text>
      <Text size="sm" ta="center" maw={340}>
        {t("scanHint")}
      </Text>
    </Stack>
  );
}

/** Minutes and seconds, as a watch counts down. */
function clockOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
