import { Page } from "#console/parts/page.tsx";
import { frameTexts } from "#console/frame/texts.ts";
import { useTexts } from "#console/texts/texts.ts";

export default function Delivery() {
  const t = useTexts(frameTexts);
  return <Page title={t("delivery")}>{null}</Page>;
}
