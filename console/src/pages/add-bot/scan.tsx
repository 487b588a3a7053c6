import { Grid, Skeleton, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useParams } from "wouter";
import { startLogin, watchLogin } from "#console/client/logins.ts";
import { accountsKey, readAccount } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { EmptyNoRight } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import { LoginEnd } from "./login-end.tsx";
import { LoginSteps } from "./login-steps.tsx";
import { OwnerLink } from "./owner-link.tsx";
import { QrPanel } from "./qr-panel.tsx";
import { addBotTexts } from "./texts.ts";
import { VerifyCode } from "./verify-code.tsx";

const everyMs = 1_500;

/** Starts or joins a bot's QR login and shows it as it goes, until the bot is connected. */
export default function Scan() {
  const { id } = useParams<{ id: string }>();
  const t = useTexts(addBotTexts);
  if (useMay("operator")) return <ScanOf key={id} id={id} />;
  return (
    <Page title={t("title")}>
      <EmptyNoRight needs="operator" />
    </Page>
  );
}

function ScanOf({ id }: { id: string }) {
  const t = useTexts(addBotTexts);
  const client = useQueryClient();
  const bot = useLive({
    key: [...accountsKey, "one", id],
    read: () => readAccount(id),
    everyMs: 5_000,
  });
  const start = useMutation({ mutationFn: () => startLogin(id) });
  const { mutate } = start;
  // Starting is safe to repeat: an open login is given again.
  useEffect(() => mutate(), [mutate]);
  const loginId = start.data?._id ?? "";
  const watched = useQuery({
    queryKey: ["logins", loginId],
    queryFn: () => watchLogin(loginId),
    enabled: loginId !== "",
    refetchInterval: (query) => (query.state.data?.open === false ? false : everyMs),
  });
  const login = watched.data ?? start.data;
  const isOver = login?.open === false;
  useEffect(() => {
    if (isOver) void client.invalidateQueries({ queryKey: accountsKey });
  }, [isOver, client]);
  const error = start.error ?? bot.error;
  return (
    <Page
      title={t("scanTitle", { name: bot.data?.name ?? "…" })}
      mark={login?.open && <LiveMark updatedAt={watched.dataUpdatedAt} everyMs={everyMs} />}
    >
      {error && <ErrorBox error={error} onRetry={() => start.mutate()} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack className="panel facts" align="center">
            {!login && !error && <Skeleton height={320} width={320} />}
            {login?.open && <QrPanel login={login} />}
            {login?.status === "verify_code_needed" && <VerifyCode login={login} />}
            {login && isOver && <LoginEnd login={login} onAgain={() => start.mutate()} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack>
            {login && <LoginSteps login={login} bot={bot.data ?? null} />}
            {login?.open && <OwnerLink accountId={id} />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
