import type { AuditLine } from "#core/audit/audit-line.ts";

/** Spreadsheets take a file without this mark for something else than UTF-8. */
const byteOrderMark = "\uFEFF";

/** The lines of an export, until they are as large as an answer may be. */
export async function* exported(
  lines: AsyncIterable<AuditLine>,
  format: "jsonl" | "csv",
  mostBytes: number,
): AsyncGenerator<string> {
  let bytes = 0;
  if (format === "csv") yield `${byteOrderMark}id,at,actor,action,subject,details\r\n`;
  for await (const line of lines) {
    const text = format === "csv" ? csvRow(line) : `${JSON.stringify(line)}\n`;
    bytes += Buffer.byteLength(text);
    if (bytes > mostBytes) return;
    yield text;
  }
}

function csvRow({ _id, at, actor, action, subjectId, details }: AuditLine): string {
  const cells = [_id, at.toISOString(), actor.id, action, subjectId, JSON.stringify(details)];
  return `${cells.map(cell).join()}\r\n`;
}

/** A cell that begins like a formula would be run by a spreadsheet. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
