/**
 * A table as WeChat can show it: for each row its first cell in bold, then a list of the other
 * cells, each behind the head of its column. The first row holds the heads.
 */
export function tableAsList(rows: readonly (readonly string[])[]): string {
  const [heads = [], ...body] = rows;
  if (body.length === 0) return heads.filter((head) => head !== "").join(" · ");
  return body.map((row) => rowAsList(heads, row)).join("\n\n");
}

function rowAsList(heads: readonly string[], [first = "", ...others]: readonly string[]): string {
  const items = others.flatMap((cell, index) => {
    if (cell === "") return [];
    const head = heads[index + 1] ?? "";
    return [head === "" ? `- ${cell}` : `- ${head}: ${cell}`];
  });
  const title = first === "" ? [] : [isMarked(first) ? first : `**${first}**`];
  return [...title, ...items].join("\n");
}

/** Bold around marks of its own would show the stars. */
function isMarked(text: string): boolean {
  return /[*_`[\]]/.test(text);
}
