/**
 * JSON.parse that loses no digit: an integer beyond 2^53 is kept as the string that was sent.
 * WeChat's ids are uint64 and may come as bare numbers (reference/ilink.md 1.1).
 * Throws SyntaxError as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, keepExact);
}

function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}
