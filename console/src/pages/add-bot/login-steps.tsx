import { List, Loader, ThemeIcon, Title, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { ListedAccount } from "#console/client/accounts.ts";
import type { Login } from "#console/client/logins.ts";
import { useTexts } from "#console/texts/texts.ts";
import { addBotTexts } from "./texts.ts";

/** What has happened on the way from the code to the first message, and what comes next. */
export function LoginSteps({ login, bot }: { login: Login; bot: ListedAccount | null }) {
  const t = useTexts(addBotTexts);
  const { status } = login;
  const isConfirmed = status === "confirmed" || status === "completed";
  const isApproved = status === "completed" && bot?.status === "approved";
  const steps = [
    { text: t("stepAsked"), done: true },
    {
      text: t("stepScanned"),
      done: isConfirmed || status === "scanned" || status === "verify_code_needed",
    },
    { text: t("stepVerified"), done: isConfirmed },
    { text: t("stepConnected"), done: status === "completed" },
    { text: t("stepApproved"), done: isApproved },
    { text: t("stepPolled"), done: isApproved && bot.lastGoodPollAt !== null },
    { text: t("stepMessage"), done: isApproved && bot.lastInboundAt !== null },
  ];
  const next = steps.findIndex(({ done }) => !done);
  return (
    <section className="panel facts">
      <Title order={2} size="h5" mb="sm">
        {t("steps")}
      </Title>
      <List listStyleType="none" spacing="sm" size="sm" role="list" aria-live="polite">
        {steps.map(({ text, done }, index) => (
          <List.Item
            key={text}
            c={done || index === next ? undefined : "dimmed"}
            fw={index === next ? 600 : undefined}
            aria-current={index === next ? "step" : undefined}
            icon={
              done ? (
                <ThemeIcon size={20} radius="xl" aria-hidden>
                  <IconCheck size={13} />
                </ThemeIcon>
              ) : index === next && login.open ? (
                <Loader size={20} aria-hidden />
              ) : (
                <span className="step-open" aria-hidden />
              )
            }
          >
            {text}
            {done && <VisuallyHidden> ({t("stepDone")})</VisuallyHidden>}
          </List.Item>
        ))}
      </List>
    </section>
  );
}
