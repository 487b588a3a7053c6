import { Box, Button, Center, Checkbox, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  columnVisibilityFeature,
  rowSelectionFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, type ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { ErrorBox } from "./error-box.tsx";
import { partTexts } from "./texts.ts";

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

export type Column<T> = {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** A CSS grid width, such as `minmax(160px, 2fr)`. */
  width?: string;
  /** The value of the list's `sort` that this header asks for. */
  sort?: string;
  /** Which way the server sorts by it. */
  sortDirection?: "ascending" | "descending";
  align?: "right";
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** On a phone, where there is no head, the value stands behind its name. */
  isNamed?: boolean;
};

export type Selection = { ids: ReadonlySet<string>; set: (ids: ReadonlySet<string>) => void };

type Props<T> = {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  nameOf: (row: T) => string;
  hidden?: ReadonlySet<string>;
  selection?: Selection;
  sort?: { value: string; set: (sort: string) => void };
  onOpen?: (row: T) => void;
  isLoading: boolean;
  error: Error | null;
  onRetry?: () => void;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  /** What stands in place of rows when there are none. */
  empty: ReactNode;
};

/**
 * A list paged by the server: only the rows in sight are in the document, the next page is read when
 * somebody asks for more. On a phone each row becomes a card.
 */
export function DataTable<T extends { _id: string }>(props: Props<T>) {
  const { columns, rows, hidden, selection, isLoading, error, empty } = props;
  const visibility = useMemo(
    () => Object.fromEntries(columns.map(({ id }) => [id, !hidden?.has(id)])),
    [columns, hidden],
  );
  const definitions = useMemo<ColumnDef<typeof features, T>[]>(
    () => columns.map(({ id, header }) => ({ id, header })),
    [columns],
  );
  const selected = useMemo(
    () => Object.fromEntries([...(selection?.ids ?? [])].map((id) => [id, true as const])),
    [selection?.ids],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: (row) => row._id,
    state: { columnVisibility: visibility, rowSelection: selected },
  });
  const shown = useMemo(() => {
    const visible = new Set(table.getVisibleLeafColumns().map(({ id }) => id));
    return columns.filter(({ id }) => visible.has(id));
  }, [table, columns, visibility]);
  if (error && rows.length === 0) {
    return <ErrorBox error={error} {...(props.onRetry ? { onRetry: props.onRetry } : {})} />;
  }
  if (!isLoading && rows.length === 0) return empty;
  const widths = shown.map(({ width }) => width ?? "minmax(90px, 1fr)").join(" ");
  const style = { "--columns": selection ? `40px ${widths}` : widths };
  return (
    <Box className="data-table" style={style}>
      <div role="table" aria-label={props.label} aria-busy={isLoading}>
        <HeaderRow {...props} columns={shown} />
        {isLoading ? <LoadingRows columns={shown} /> : <Rows {...props} columns={shown} />}
      </div>
      {!isLoading && <Foot {...props} />}
    </Box>
  );
}

function HeaderRow<T extends { _id: string }>({ columns, rows, selection, sort }: Props<T>) {
  const t = useTexts(partTexts);
  const areAll = rows.length > 0 && rows.every(({ _id }) => selection?.ids.has(_id));
  return (
    <div role="rowgroup" className="data-table-head">
      <div role="row" className="data-table-row">
        {selection && (
          <div role="columnheader" className="data-table-check">
            <Checkbox
              size="xs"
              aria-label={t("selectAll")}
              checked={areAll}
              indeterminate={!areAll && selection.ids.size > 0}
              onChange={() =>
                selection.set(areAll ? new Set() : new Set(rows.map(({ _id }) => _id)))
              }
            />
          </div>
        )}
        {columns.map((column) => (
          <HeaderCell key={column.id} column={column} {...(sort ? { sort } : {})} />
        ))}
      </div>
    </div>
  );
}

/** A second click on a header gives the list's usual order back. */
function HeaderCell<T>({ column, sort }: { column: Column<T>; sort?: Props<never>["sort"] }) {
  const t = useTexts(partTexts);
  const { header, sort: key, align, sortDirection = "ascending" } = column;
  if (key === undefined || !sort) {
    return (
      <div role="columnheader" data-align={align}>
        {header}
      </div>
    );
  }
  const isOn = sort.value === key;
  const Arrow = sortDirection === "ascending" ? IconArrowUp : IconArrowDown;
  return (
    <div role="columnheader" aria-sort={isOn ? sortDirection : "none"} data-align={align}>
      <UnstyledButton
        className="data-table-sort"
        onClick={() => sort.set(isOn ? "" : key)}
        aria-label={t("sortBy", { name: header })}
      >
        {header}
        {isOn && <Arrow size={13} aria-hidden />}
      </UnstyledButton>
    </div>
  );
}

function Rows<T extends { _id: string }>(props: Props<T>) {
  const { columns, rows, selection, onOpen, nameOf } = props;
  const t = useTexts(partTexts);
  const body = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 45,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
    measureElement: heightOf,
    getItemKey: (index) => rows[index]?._id ?? index,
  });
  const seen = virtual.getVirtualItems();
  const offset = (seen[0]?.start ?? 0) - virtual.options.scrollMargin;
  return (
    <div
      role="rowgroup"
      ref={body}
      className="data-table-body"
      style={{ height: virtual.getTotalSize() }}
    >
      <div role="presentation" style={{ transform: `translateY(${Math.max(0, offset)}px)` }}>
        {seen.map(({ index }) => {
          const row = rows[index];
          if (!row) return null;
          const isSelected = selection?.ids.has(row._id) ?? false;
          return (
            <div
              key={row._id}
              role="row"
              data-index={index}
              ref={virtual.measureElement}
              className="data-table-row"
              data-open={onOpen ? true : undefined}
              data-selected={isSelected || undefined}
              aria-selected={selection ? isSelected : undefined}
              onClick={(event) => {
                if (onOpen && !isControl(event.target)) onOpen(row);
              }}
            >
              {selection && (
                <div role="cell" className="data-table-check">
                  <Checkbox
                    size="xs"
                    aria-label={t("selectRow", { name: nameOf(row) })}
                    checked={isSelected}
                    onChange={() => selection.set(toggled(selection.ids, row._id))}
                  />
                </div>
              )}
              {columns.map(({ id, header, cell, align, wideOnly, isNamed }) => (
                <div
                  key={id}
                  role="cell"
                  data-label={header}
                  data-align={align}
                  data-wide-only={wideOnly || undefined}
                  data-named={isNamed || undefined}
                >
                  {cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** With the gap below, which only a phone's cards have. */
function heightOf(row: Element): number {
  const gap = Number.parseFloat(getComputedStyle(row).marginBottom);
  return row.getBoundingClientRect().height + gap;
}

/** How many there are so far, or the way to more. */
function Foot<T>({ rows, hasMore, isLoadingMore, loadMore }: Props<T>) {
  const t = useTexts(partTexts);
  return (
    <Center py="sm">
      {hasMore ? (
        <Button variant="subtle" size="compact-sm" loading={isLoadingMore} onClick={loadMore}>
          {t("more")}
        </Button>
      ) : (
        <Text size="xs" c="dimmed">
          {t("shown", { n: rows.length })}
        </Text>
      )}
    </Center>
  );
}

function LoadingRows<T>({ columns }: { columns: readonly Column<T>[] }) {
  return (
    <div role="rowgroup">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} role="row" className="data-table-row">
          {columns.map(({ id, wideOnly }) => (
            <div key={id} role="cell" data-wide-only={wideOnly || undefined}>
              <Skeleton height={12} width={`${50 + ((index * 17) % 40)}%`} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button, input, label") !== null;
}

function toggled(ids: ReadonlySet<string>, id: string): Set<string> {
  const after = new Set(ids);
  if (!after.delete(id)) after.add(id);
  return after;
}
