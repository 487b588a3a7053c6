/** `Name: value`, one a line, as a record; null when a line is not of that form. */
export function readHeaderLines(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim();
    const value = line.slice(at + 1).trim();
    if (at === -1 || !/^[\w-]+$/.test(name) || value === "") return null;
    headers[name] = value;
  }
  return headers;
}
