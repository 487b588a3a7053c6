import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { doWithMany, type ListedAccount } from "#console/client/accounts.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { partTexts } from "#console/parts/texts.ts";
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
  const part = useTexts(partTexts);
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
    <Modal
      opened
      onClose={onClose}
      title={
        bots.length === 1 && first
          ? t("rejectTitle", { name: first.name })
          : t("rejectMany", { n: bots.length })
      }
      closeButtonProps={{ "aria-label": part("close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          reject.mutate();
        }}
      >
        <Stack>
          {reject.error && <ErrorBox error={reject.error} />}
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
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {part("cancel")}
            </Button>
            <Button
              type="submit"
              color="red.8"
              loading={reject.isPending}
              disabled={reason.trim() === ""}
            >
              {t("reject")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
