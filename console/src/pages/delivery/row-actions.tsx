import { Button, Group } from "@mantine/core";
import { useConfirm } from "#console/parts/confirm.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";

/** What may be done about one row. */
export type RowAction = {
  name: string;
  change: () => Promise<unknown>;
  done: string;
  /** What is asked before something that cannot be taken back. */
  asks?: string;
};

export function RowActions({
  actions,
  renews,
}: {
  actions: readonly RowAction[];
  renews: readonly (readonly string[])[];
}) {
  return (
    <Group gap={4}>
      {actions.map((action) => (
        <RowButton key={action.name} action={action} renews={renews} />
      ))}
    </Group>
  );
}

function RowButton({
  action: { name, change, done, asks },
  renews,
}: {
  action: RowAction;
  renews: readonly (readonly string[])[];
}) {
  const t = useTexts(deliveryTexts);
  const confirm = useConfirm();
  const toasts = useToasts();
  const act = useOptimistic({ change, renews, onDone: () => toasts.done(done) });
  const ask = async () => {
    const title = t("askTitle", { verb: name });
    const isSure =
      asks === undefined || (await confirm({ title, text: asks, confirm: name, danger: true }));
    if (isSure) act.mutate(undefined);
  };
  return (
    <Button
      size="compact-xs"
      variant={asks === undefined ? "default" : "subtle"}
      loading={act.isPending}
      onClick={() => void ask()}
    >
      {name}
    </Button>
  );
}
