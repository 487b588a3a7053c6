import { Button } from "@mantine/core";
import { Link } from "wouter";
import { Page } from "#console/parts/page.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { frameTexts } from "./texts.ts";

/** No page lies at this address. */
export default function Unknown() {
  const t = useTexts(frameTexts);
  return (
    <Page title={t("unknown")} hint={t("unknownHint")}>
      <Button component={Link} href="/" w="fit-content">
        {t("home")}
      </Button>
    </Page>
  );
}
