type Value = string | number | boolean | null | undefined;

export type Change = { field: string; was: string | null; is: string | null };

/**
 * Before and after of an audit line. Where both are objects written as JSON, field by field; else as
 * one change without a name. Null is what was not there.
 */
export function changesOf(before: Value, after: Value): Change[] {
  if (before === undefined && after === undefined) return [];
  const [old, fresh] = [fieldsIn(before), fieldsIn(after)];
  if (old === null || fresh === null)
    return [{ field: "", was: wordOf(before), is: wordOf(after) }];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return fields.map((field) => ({ field, was: wordOf(old[field]), is: wordOf(fresh[field]) }));
}

/** Nothing has no fields; null where it is no object. */
function fieldsIn(value: Value): Record<string, unknown> | null {
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
