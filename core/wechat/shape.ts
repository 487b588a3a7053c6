/** WeChat's own words rather than somebody's. */
const wordFields = ["status", "errmsg"];
const maxWordChars = 80;
const maxEntries = 5;
const maxChars = 1_500;

/**
 * The form of an answer as JSON, to find out later what WeChat changed: every field and number, but
 * of a text only its length, since it may be a person's or a secret.
 */
export function shapeOf(value: unknown): string {
  const shape = JSON.stringify(value, (field, part: unknown) => {
    if (typeof part === "string") {
      return wordFields.includes(field) ? part.slice(0, maxWordChars) : `<${part.length} chars>`;
    }
    return Array.isArray(part) ? part.slice(0, maxEntries) : part;
  });
  return (shape ?? "").slice(0, maxChars);
}
