import { Button, Group } from "@mantine/core";
import type { QueryKey } from "@tanstack/react-query";
import { useConfirm } from "#console/parts/confirm.tsx";
import { withoutRows, type Kept } from "#console/parts/edit-rows.ts";
import type { Versioned } from "#console/parts/merge.ts";
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
  /** The row goes from its list at once, and comes back if it is refused. */
  leaves?: boolean;
};

type Row = { id: string; lists: readonly [QueryKey, ...QueryKey[]] };

/** What may be done about the row `id` of the first of `lists`; all of them are read again. */
export function RowActions({ actions, ...row }: Row & { actions: readonly RowAction[] }) {
  return (
    <Group gap={4}>
      {actions.map((action) => (
        <RowButton key={action.name} action={action} {...row} />
      ))}
    </Group>
  );
}

function RowButton({
  action: { name, change, done, asks, leaves = false },
  id,
  lists,
}: Row & { action: RowAction }) {
  const t = useTexts(deliveryTexts);
  const confirm = useConfirm();
  const toasts = useToasts();
  const act = useOptimistic({
    change,
    ...(leaves
      ? {
          show: {
            key: lists[0],
            apply: (kept: Kept<Versioned>) => withoutRows(kept, [id]),
          },
        }
      : {}),
    renews: lists,
    onDone: () => toasts.done(done),
  });
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
