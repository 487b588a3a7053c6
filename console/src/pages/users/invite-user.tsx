import { Select, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useLabels } from "#console/client/accounts.ts";
import { roles, type Role } from "#console/client/me.ts";
import { useRoleName } from "#console/parts/role-name.ts";
import { FormDialog } from "#console/parts/form-dialog.tsx";
import { useRequestKey } from "#console/parts/use-request-key.ts";
import { useTexts } from "#console/texts/texts.ts";
import { userTexts } from "./texts.ts";

type Wanted = { name: string; role: Role; labels: string[] };

function invite({ labels, ...rest }: Wanted, once: ReturnType<typeof useRequestKey>) {
  const json = { ...rest, labels: labels.length > 0 ? labels : null };
  return answerOf(api.invites.$post({ json }, once));
}
type Made = Awaited<ReturnType<typeof invite>>;

/** Name, role and labels of somebody new; the answer is a link that works once. */
export function InviteUser({
  onClose,
  onMade,
  renews,
}: {
  onClose: () => void;
  onMade: (made: Made) => void;
  renews: readonly QueryKey[];
}) {
  const t = useTexts(userTexts);
  const roleName = useRoleName();
  const labels = useLabels().data?.items ?? [];
  const [wanted, setWanted] = useState<Wanted>({ name: "", role: "reviewer", labels: [] });
  const client = useQueryClient();
  const once = useRequestKey(wanted);
  const make = useMutation({
    mutationFn: (given: Wanted) => invite(given, once),
    async onSuccess(made) {
      onMade(made);
      await Promise.all(renews.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
  return (
    <FormDialog
      title={t("invite")}
      onClose={onClose}
      saving={{
        name: t("makeLink"),
        isPending: make.isPending,
        start: () => make.mutate(wanted),
        errors: [make.error],
      }}
    >
      <TextInput
        label={t("name")}
        required
        withAsterisk={false}
        maxLength={60}
        data-autofocus
        value={wanted.name}
        onChange={(event) => setWanted({ ...wanted, name: event.currentTarget.value })}
      />
      <Select
        label={t("role")}
        data={roles.map((value) => ({ value, label: roleName(value) }))}
        value={wanted.role}
        allowDeselect={false}
        onChange={(value) =>
          setWanted({ ...wanted, role: roles.find((each) => each === value) ?? wanted.role })
        }
      />
      <TagsInput
        label={t("labels")}
        description={t("labelsHint")}
        data={labels.map(({ label }) => label)}
        value={wanted.labels}
        onChange={(value) => setWanted({ ...wanted, labels: value })}
      />
    </FormDialog>
  );
}
