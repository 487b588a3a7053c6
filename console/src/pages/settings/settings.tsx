import { Title } from "@mantine/core";
import { useMay } from "#console/client/me.ts";
import { Page } from "#console/parts/page.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { HubSettings } from "./hub-settings.tsx";
import { ChangePassword } from "./change-password.tsx";
import { Preferences } from "./preferences.tsx";
import { settingsTexts } from "./texts.ts";

/** One's own language, time zone, colours and password; for owners, the hub as its functions see it. */
export default function Settings() {
  const t = useTexts(settingsTexts);
  const maySeeHub = useMay("owner");
  return (
    <Page title={t("title")}>
      <Title order={2} size="h5">
        {t("yours")}
      </Title>
      <Preferences />
      <ChangePassword />
      {maySeeHub && <HubSettings />}
    </Page>
  );
}
