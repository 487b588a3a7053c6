import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { SayDialog } from "#console/parts/say-dialog.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import type { RunDetail } from "./data.ts";
import { runTexts } from "./texts.ts";

/** As core/agent-runs/change-run.ts allows it. */
const cancellable = ["running", "retry_pending", "retrying"];

/** A failed run whose answer is stored is sent again from Delivery instead. */
function mayRetry({ status, outboundMessageId }: RunDetail["run"]): boolean {
  return status === "retry_pending" || (status === "error" && outboundMessageId === null);
}

/** Ends a question, or has it tried now. */
export function RunActions({ run }: Pick<RunDetail, "run">) {
  const t = useTexts(runTexts);
  const confirm = useConfirm();
  const toasts = useToasts();
  const mayAct = useMay("operator");
  const param = { id: run._id };
  const renews = [["run", run._id], ["runs"]];
  const shownAs = (status: RunDetail["run"]["status"]) => ({
    key: ["run", run._id],
    apply: (before: RunDetail) => ({ ...before, run: { ...before.run, status } }),
  });
  const cancel = useOptimistic({
    change: () => answerOf(api["agent-runs"][":id"].cancel.$post({ param })),
    show: shownAs("cancelled"),
    renews,
    onDone: () => toasts.done(t("cancelled")),
  });
  const retry = useOptimistic({
    change: () => answerOf(api["agent-runs"][":id"].retry.$post({ param })),
    show: shownAs("retrying"),
    renews,
    onDone: () => toasts.done(t("retried")),
  });
  const [isHinting, hinting] = useDisclosure();
  const regenerate = useOptimistic({
    change: (hint: string) =>
      answerOf(api["agent-runs"][":id"].regenerate.$post({ param, json: { hint } })),
    show: shownAs("retrying"),
    renews,
    onDone() {
      hinting.close();
      toasts.done(t("retried"));
    },
  });
  const askCancel = async () => {
    const isSure = await confirm({
      title: t("cancelTitle"),
      text: t("cancelText"),
      confirm: t("cancelRun"),
      danger: true,
    });
    if (isSure) cancel.mutate(undefined);
  };
  if (!mayAct) return null;
  return (
    <Group gap="xs">
      {mayRetry(run) && (
        <Button
          size="xs"
          variant="default"
          loading={retry.isPending}
          onClick={() => retry.mutate(undefined)}
        >
          {t("retry")}
        </Button>
      )}
      {run.status === "error" && mayRetry(run) && (
        <Button size="xs" variant="default" onClick={hinting.open}>
          {t("retryWithHint")}
        </Button>
      )}
      {cancellable.includes(run.status) && (
        <Button
          size="xs"
          variant="default"
          loading={cancel.isPending}
          onClick={() => void askCancel()}
        >
          {t("cancelRun")}
        </Button>
      )}
      <SayDialog
        opened={isHinting}
        title={t("retryWithHint")}
        label={t("hintLabel")}
        verb={t("askAgain")}
        longest={2_000}
        isBusy={regenerate.isPending}
        onClose={hinting.close}
        onSay={(hint) => regenerate.mutate(hint)}
      />
    </Group>
  );
}
