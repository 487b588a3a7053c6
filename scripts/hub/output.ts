import Table from "cli-table3";

export type Output = {
  /** For people: one line. */
  say(line: string): void;
  /** Rows for people, or the same as JSON for programs. */
  rows<T>(items: readonly T[], columns: Columns<T>): void;
  /** One of a stream that goes on: a line for people, or the thing itself on a line of JSON. */
  event(item: object, line: string): void;
  /** One thing for people as names and values, or as JSON. */
  one(item: object, fields: Record<string, unknown>): void;
};

export type Columns<T> = Record<string, (item: T) => unknown>;

const longestCell = 48;
const segmenter = new Intl.Segmenter();

/** Writes for people, or with `json` for programs: then nothing but JSON comes. */
export function createOutput(write: (text: string) => void, json: boolean): Output {
  const line = (text: string) => write(`${text}\n`);
  const asJson = (value: unknown) => line(JSON.stringify(value, null, 2));
  return {
    say: (text) => {
      if (!json) line(text);
    },

    rows(items, columns) {
      if (json) return asJson(items);
      if (items.length === 0) return line("Nothing there.");
      const table = new Table({ head: Object.keys(columns), chars: plainBorders, style: plain });
      for (const item of items) {
        table.push(Object.values(columns).map((cell) => short(text(cell(item)))));
      }
      line(table.toString());
    },

    event: (item, forPeople) => line(json ? JSON.stringify(item) : forPeople),

    one(item, fields) {
      if (json) return asJson(item);
      const table = new Table({ chars: plainBorders, style: plain });
      for (const [name, value] of Object.entries(fields)) table.push([name, text(value)]);
      line(table.toString());
    },
  };
}

const plain = { head: [], border: [], "padding-left": 0, "padding-right": 1 };
const none = "";
const plainBorders = {
  "top-mid": none,
  "top-left": none,
  top: none,
  "top-right": none,
  "bottom-mid": none,
  "bottom-left": none,
  bottom: none,
  "bottom-right": none,
  "left-mid": none,
  left: none,
  mid: none,
  "mid-mid": none,
  right: none,
  "right-mid": none,
  middle: " ",
};

/** One line, without what would move a terminal's cursor. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return "–";
  const plainText = Array.isArray(value)
    ? value.join(", ")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
  return plainText.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
}

function short(cell: string): string {
  const letters = Array.from(segmenter.segment(cell), ({ segment }) => segment);
  return letters.length <= longestCell ? cell : `${letters.slice(0, longestCell - 1).join("")}…`;
}
