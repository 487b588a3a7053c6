import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { doWithMany, type ListedAccount } from "#console/client/accounts.ts";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";
import { useResults } from "./use-results.ts";

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
  const tellResults = useResults();
  const [reason, setReason] = useState("");
  const reject = useMutation({
    mutationFn: () =>
      doWithMany({ verb: "reject", ids: bots.map(({ _id }) => _id), reason: reason.trim() }),
    onSuccess(results) {
      tellResults(results, "rejected");
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
        start: () => reject.mutate(),
        errors: [reject.error],
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
