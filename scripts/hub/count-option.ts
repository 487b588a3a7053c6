import { InvalidArgumentError, Option } from "commander";

const most = 200;

/** `--limit <count>`: how many at the most; what is no such number is said before anything is asked. */
export function countOption(): Option {
  return new Option("--limit <count>", `how many, up to ${most}`).default("20").argParser(read);
}

function read(text: string): string {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return text;
  throw new InvalidArgumentError(`Write a number from 1 to ${most}.`);
}
