import { List, Title } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
import { addBotTexts } from "./texts.ts";

const steps = ["nextScan", "nextApprove", "nextStart"] as const;

/** What happens after the bot has its name. */
export function WhatComesNext() {
  const t = useTexts(addBotTexts);
  return (
    <section className="panel facts add-bot-next">
      <Title order={2} size="h5" mb="xs">
        {t("next")}
      </Title>
      <List type="ordered" size="sm" spacing="xs">
        {steps.map((step) => (
          <List.Item key={step}>{t(step)}</List.Item>
        ))}
      </List>
    </section>
  );
}
