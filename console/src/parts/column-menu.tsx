import { Button, Checkbox, Menu } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconColumns3 } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTexts } from "#console/texts/texts.ts";
import type { Column } from "./data-table.tsx";
import { partTexts } from "./texts.ts";

/** Which columns of a list this browser leaves out. */
export function useHiddenColumns(list: string, usual: readonly string[] = []) {
  const [names, setNames] = useLocalStorage<string[]>({
    key: `hub-columns-${list}`,
    defaultValue: [...usual],
    getInitialValueInEffect: false,
  });
  const hidden = useMemo(() => new Set(names), [names]);
  const toggle = (id: string) =>
    setNames((before) =>
      before.includes(id) ? before.filter((name) => name !== id) : [...before, id],
    );
  return { hidden, toggle };
}

export function ColumnMenu<T>({
  columns,
  hidden,
  toggle,
}: {
  columns: readonly Column<T>[];
  hidden: ReadonlySet<string>;
  toggle: (id: string) => void;
}) {
  const t = useTexts(partTexts);
  return (
    <Menu closeOnItemClick={false} position="bottom-end" shadow="md">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconColumns3 size={14} />}>
          {t("columns")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.slice(1).map(({ id, header }) => (
          <Menu.Item key={id} onClick={() => toggle(id)} component="div">
            <Checkbox
              size="xs"
              label={header}
              checked={!hidden.has(id)}
              onChange={() => toggle(id)}
              onClick={(event) => event.stopPropagation()}
            />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
