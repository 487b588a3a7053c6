import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { accountsKey, type ListedAccount } from "#console/client/accounts.ts";
import { partTexts } from "#console/parts/texts.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";

/** Turns a scanned bot away, with a reason that stays. */
export function RejectBot({ bot, onClose }: { bot: ListedAccount; onClose: () => void }) {
  const t = useTexts(approvalTexts);
  const part = useTexts(partTexts);
  const toasts = useToasts();
  const [reason, setReason] = useState("");
  const reject = useOptimistic({
    change: (json: { reason: string }) =>
      answerOf(api.accounts[":id"].reject.$post({ param: { id: bot._id }, json })),
    renews: [accountsKey],
    onDone() {
      toasts.done(t("rejected"));
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("rejectTitle", { name: bot.name })}
      closeButtonProps={{ "aria-label": part("close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          reject.mutate({ reason });
        }}
      >
        <Stack>
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
            <Button type="submit" color="red.8" loading={reject.isPending}>
              {t("reject")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
