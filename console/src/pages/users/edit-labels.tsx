import { TagsInput } from "@mantine/core";
import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useLabels } from "#console/client/accounts.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { userTexts } from "./texts.ts";

/** Which bots a user may see; none chosen means all. */
export function EditLabels({
  user,
  renews,
  onClose,
}: {
  user: { _id: string; name: string; labels: string[] | null };
  renews: readonly QueryKey[];
  onClose: () => void;
}) {
  const t = useTexts(userTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  const known = useLabels().data?.items ?? [];
  const [labels, setLabels] = useState(user.labels ?? []);
  const save = useMutation({
    mutationFn: () => {
      const json = { labels: labels.length > 0 ? labels : null };
      return answerOf(api.users[":id"].$put({ param: { id: user._id }, json }));
    },
    async onSuccess() {
      toasts.done(t("done"));
      onClose();
      await Promise.all(renews.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
  return (
    <FormDialog
      title={t("labelsOf", { name: user.name })}
      onClose={onClose}
      saving={{
        name: t("save"),
        isPending: save.isPending,
        start: () => save.mutate(),
        errors: [save.error],
      }}
    >
      <TagsInput
        label={t("labels")}
        description={t("labelsHint")}
        data={known.map(({ label }) => label)}
        value={labels}
        onChange={setLabels}
        data-autofocus
      />
    </FormDialog>
  );
}
