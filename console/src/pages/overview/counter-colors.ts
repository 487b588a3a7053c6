import type { Counter } from "./spans.ts";

/** Told apart by lightness as well as by hue; each is named in the legend and in the table. */
export const counterColors: Readonly<Record<Counter, string>> = {
  messagesIn: "gray.5",
  answered: "teal.7",
  held: "violet.5",
  waiting: "yellow.6",
  failed: "red.7",
};

/** The same as CSS knows it. */
export function colorOf(counter: Counter): string {
  return `var(--mantine-color-${counterColors[counter].replace(".", "-")})`;
}
