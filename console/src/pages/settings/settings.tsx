import { Page } from "#console/parts/page.tsx";
import { frameTexts } from "#console/frame/texts.ts";
import { useTexts } from "#console/texts/texts.ts";

export default function Settings() {
  const t = useTexts(frameTexts);
  return <Page title={t("settings")}>{null}</Page>;
}
