export type Value = string | number | boolean | null;
type Given = Value | undefined;

export type Change = { field: string; was: string | null; is: string | null };

/** All that a line says was otherwise before, also by `roleBefore` beside `role`, and what is left. */
export function changesIn({ before, after, ...others }: Readonly<Record<string, Value>>): {
  changes: Change[];
  rest: Record<string, Value>;
} {
  const fields = Object.keys(others).filter((field) => `${field}Before` in others);
  const told = new Set(fields.flatMap((field) => [field, `${field}Before`]));
  const changes = fields
    .map((field) => ({
      field,
      was: wordOf(others[`${field}Before`]),
      is: wordOf(others[field]),
    }))
    .filter(({ was, is }) => was !== is);
  const rest = Object.entries(others).filter(([field]) => !told.has(field));
  return { changes: [...changesOf(before, after), ...changes], rest: Object.fromEntries(rest) };
}

/**
 * Before and after of an audit line. Where both are objects written as JSON, field by field; else as
 * one change without a name. Null is what was not there.
 */
export function changesOf(before: Given, after: Given): Change[] {
  if (before === undefined && after === undefined) return [];
  const [old, fresh] = [fieldsIn(before), fieldsIn(after)];
  if (old === null || fresh === null)
    return [{ field: "", was: wordOf(before), is: wordOf(after) }];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return fields.map((field) => ({ field, was: wordOf(old[field]), is: wordOf(fresh[field]) }));
}

/** Nothing has no fields; null where it is no object. */
function fieldsIn(value: Given): Record<string, unknown> | null {
  if (value === undefined) return {};
  if (typeof value !== "string") return null;
  try {
    const read: unknown = JSON.parse(value);
    const isRecord = typeof read === "object" && read !== null && !Array.isArray(read);
    return isRecord ? Object.fromEntries(Object.entries(read)) : null;
  } catch {
    return null;
  }
}

function wordOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
