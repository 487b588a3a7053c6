import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { accountsKey, doWithMany, type ListedAccount } from "#console/client/accounts.ts";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTellResults } from "#console/parts/use-tell-results.ts";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";
import { approvalsKey, withoutBots } from "./without-bots.ts";

/** Turns scanned bots away, with a reason that stays. */
export function RejectBots({
  bots,
  onClose,
  onDone,
}: {
  bots: readonly ListedAccount[];
  onClose: () => void;
  onDone: () => void;
}) {
  const t = useTexts(approvalTexts);
  const tell = useTellResults();
  const [reason, setReason] = useState("");
  const reject = useOptimistic({
    change: (of: readonly ListedAccount[]) =>
      doWithMany({ verb: "reject", ids: of.map(({ _id }) => _id), reason: reason.trim() }),
    show: { key: approvalsKey, apply: withoutBots },
    renews: [accountsKey],
    onDone(results) {
      tell(results, (n) => t("rejected", { n }));
      onDone();
      onClose();
    },
  });
  const [first] = bots;
  return (
    <FormDialog
      title={
        bots.length === 1 && first
          ? t("rejectTitle", { name: first.name })
          : t("rejectMany", { n: bots.length })
      }
      onClose={onClose}
      saving={{
        name: t("reject"),
        isPending: reject.isPending,
        start: () => reject.mutate(bots),
        errors: [],
        isDanger: true,
        isReady: reason.trim() !== "",
      }}
    >
      <Text size="sm">{t("rejectHint")}</Text>
      <Textarea
        label={t("reason")}
        required
        withAsterisk={false}
        maxLength={500}
        autosize
        minRows={2}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
