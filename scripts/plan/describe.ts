import { inspect } from "node:util";
import type { Plan, PlannedResource } from "./evaluate.ts";

/** The plan as text for people: every resource with its inputs, one kind after the other. */
export function describePlan({ app, functions, resources }: Plan): string {
  const kinds = Map.groupBy(resources, kindOf);
  return [
    `${app.name}, stage ${app.stage}: ${resources.length} resources; ` +
      `${app.protect ? "protected" : "not protected"} against sst remove; removal: ${app.removal}`,
    ...Object.entries(functions)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, { handler, links }]) => `${name} is ${handler}, linked to ${links.join(", ")}`),
    ...[...kinds].toSorted(([a], [b]) => a.localeCompare(b)).flatMap(describeKind),
  ].join("\n");
}

function describeKind([kind, resources]: [string, PlannedResource[]]): string[] {
  return [
    `\n${kind}`,
    ...resources
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(({ name, inputs, isKept }) => {
        const note = isKept ? " (kept on removal)" : "";
        return `  ${name}${note}\n${indent(inspect(readable(inputs), { depth: 8, breakLength: 100 }))}`;
      }),
  ];
}

/** `aws:lambda/function:Function` is a `lambda Function`; SST's own say it at the end of their name. */
function kindOf({ type, name }: PlannedResource): string {
  if (type.startsWith("pulumi-nodejs:")) return name.slice(name.indexOf(".") + 1);
  return type.replace(/^\w+:(\w+)\/?\w*:(\w+)$/, "$1 $2");
}

/** Policies as they are meant, and code no longer than what tells it apart. */
function readable(value: unknown): unknown {
  if (typeof value === "string") {
    if (value.startsWith('{"Version"')) return JSON.parse(value);
    return value.length > 160
      ? `${value.slice(0, 60).trim()} … (${value.length} characters)`
      : value;
  }
  if (Array.isArray(value)) return value.map(readable);
  if (value === null || typeof value !== "object") return value;
  const shown = Object.entries(value).filter(([key]) => key !== "__provider");
  return Object.fromEntries(shown.map(([key, part]) => [key, readable(part)]));
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
