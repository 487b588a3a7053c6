import { Button, Group } from "@mantine/core";
import type { useBulk } from "./use-bulk.ts";

type Words = { name: string; text: string; danger: boolean };

/** One button per verb that is done to all of a class. */
export function BulkButtons<Verb extends string>({
  bulk,
  verbs,
}: {
  bulk: ReturnType<typeof useBulk<Verb>>;
  verbs: readonly { verb: Verb; words: Words }[];
}) {
  return (
    <Group gap="xs">
      {verbs.map(({ verb, words }) => (
        <Button
          key={verb}
          size="xs"
          variant="default"
          loading={bulk.isPending}
          onClick={() => void bulk.ask(verb, words)}
        >
          {words.name}
        </Button>
      ))}
    </Group>
  );
}
