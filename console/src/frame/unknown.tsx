import { Button } from "@mantine/core";
import { IconMap2 } from "@tabler/icons-react";
import { Link } from "wouter";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { frameTexts } from "./texts.ts";

/** No page lies at this address. */
export default function Unknown() {
  const t = useTexts(frameTexts);
  const action = (
    <Button component={Link} href="/">
      {t("home")}
    </Button>
  );
  return (
    <EmptyFirstUse icon={IconMap2} title={t("unknown")} action={action}>
      {t("unknownHint")}
    </EmptyFirstUse>
  );
}
