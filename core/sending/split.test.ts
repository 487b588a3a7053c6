import { describe, expect, test } from "vitest";
import { chunkLimits, splitText } from "./split.ts";

const limits = { chars: 100, bytes: 16_384 };

function cut(text: string) {
  return splitText(text, limits);
}

/** All words in their order, whatever was between them. */
function wordsOf(texts: readonly string[]): string[] {
  return texts.join(" ").split(/\s+/);
}

describe("where a long answer is cut", () => {
  test("what fits is one bubble, without the blank around it", () => {
    expect(cut("\n\n  We open at nine. \n\n")).toEqual(["  We open at nine."]);
  });

  test("blank is no bubble", () => {
    expect(cut(" \n\t ")).toEqual([]);
  });

  test("after a paragraph, if one ends in the latter half", () => {
    const first = "one ".repeat(18).trim();
    expect(cut(`${first}\n\nSecond paragraph. ${"two ".repeat(10).trim()}`)).toEqual([
      first,
      `Second paragraph. ${"two ".repeat(10).trim()}`,
    ]);
  });

  test("after a line rather than a sentence, after a sentence rather than a word", () => {
    const lines = cut(`- ${"a".repeat(60)}\n- A sentence. Another ${"b".repeat(60)}`);
    expect(lines[0]).toBe(`- ${"a".repeat(60)}`);
    const sentences = cut(`${"a ".repeat(30)}end of it. ${"b ".repeat(30)}`);
    expect(sentences[0]).toBe(`${"a ".repeat(30)}end of it.`);
  });

  test("after a Chinese full stop and the quotation mark behind it", () => {
    const [first, second] = cut(`${"营".repeat(70)}。”${"业".repeat(60)}`);
    expect(first).toBe(`${"营".repeat(70)}。”`);
    expect(second).toBe("业".repeat(60));
  });

  test("not at the dot of a number or an address", () => {
    const [first] = cut(`${"a ".repeat(40)}shop.example/x costs 12.50 and more and more`);
    expect(first).toMatch(/a shop\.example\/x$/);
  });

  test("a seam in the first half is passed over, so that bubbles are well filled", () => {
    const [first] = cut(`Short.\n\n${"word ".repeat(40)}`);
    expect(first?.length).toBeGreaterThan(90);
  });

  test("between graphemes where there is no seam", () => {
    const family = "👨‍👩‍👧‍👦";
    const chunks = cut(family.repeat(20));
    expect(chunks.join("")).toBe(family.repeat(20));
    for (const chunk of chunks) expect(chunk.replaceAll(family, "")).toBe("");
  });

  test("a grapheme longer than a bubble is cut between characters, never inside one", () => {
    const giant = `e${"\u{1D165}".repeat(150)}`;
    const chunks = cut(giant);
    expect(chunks.join("")).toBe(giant);
    for (const chunk of chunks) expect(chunk.isWellFormed()).toBe(true);
  });

  test("by bytes where they run out before the characters", () => {
    const chunks = splitText("业".repeat(200), { chars: 100, bytes: 90 });
    expect(chunks.every((chunk) => Buffer.byteLength(chunk) <= 90)).toBe(true);
    expect(chunks.join("")).toBe("业".repeat(200));
    expect(chunks).toHaveLength(7);
  });

  test("nothing is lost and no bubble is too long, whatever the text", () => {
    const parts = ["word ", "句子。", "line\n", "\n\n", "👩🏽‍🚀", "```js\ncode();\n```\n", "  - x\n"];
    let seed = 7;
    const next = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 200; round++) {
      const count = Math.floor(next() * 120);
      const text = Array.from({ length: count }, () => parts[Math.floor(next() * 7)]).join("");
      const chunks = cut(text);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(100);
      const strip = (all: string) => all.replaceAll(/```(js)?|\s/g, "");
      expect(strip(chunks.join(""))).toBe(strip(text));
    }
  });

  test("the real limits: 2,000 characters, at most 16,384 bytes", () => {
    expect(chunkLimits).toEqual({ chars: 2000, bytes: 16_384 });
    const chunks = splitText("字".repeat(6000));
    expect(chunks.map(({ length }) => length)).toEqual([2000, 2000, 2000]);
  });
});

describe("code blocks", () => {
  const intro = "Here it is, as you asked for in your last message:";

  test("one that has to be cut is closed and opened again, with its language", () => {
    const lines = Array.from({ length: 12 }, (_, line) => `  const value${line} = ${line};`);
    const chunks = cut(`${intro}\n\`\`\`ts\n${lines.join("\n")}\n\`\`\`\nDone.`);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(100);
      expect(chunk.match(/```/g) ?? []).toHaveLength(chunk.includes("const") ? 2 : 0);
    }
    expect(chunks[1]).toMatch(/^```ts\n {2}const/);
    const code = chunks.flatMap((chunk) => chunk.match(/^ {2}const.*$/gm) ?? []);
    expect(code).toEqual(lines);
  });

  test("one that begins in the latter half goes whole into the next bubble", () => {
    const block = "```\nfirst line of code\nsecond line of code\n```";
    const chunks = cut(`${intro} ${"and so on ".repeat(2)}\n${block}`);
    expect(chunks[1]).toBe(block);
  });

  test("tildes, longer fences and fences in lists are known; a lone fence stays open", () => {
    const code = Array.from({ length: 9 }, (_, line) => `line ${line} \`\`\` of code`).join("\n");
    const tilde = cut(`~~~~text\n${code}\n~~~~`);
    expect(tilde[1]).toMatch(/^~~~~text\nline/);
    expect(tilde[0]).toMatch(/\n~~~~$/);
    const listed = cut(
      `1. Run it:\n   \`\`\`sh\n${"   echo again and again\n".repeat(8)}   \`\`\``,
    );
    expect(listed[0]).toMatch(/\n {3}```$/);
    expect(listed[1]).toMatch(/^ {3}```sh\n {3}echo/);
    const lone = cut(`\`\`\`\n${"never closed\n".repeat(12)}`);
    expect(lone.at(-1)).toMatch(/^```\nnever closed/);
  });

  test("a row of tildes or backticks across the page is no code block", () => {
    for (const mark of ["~", "`"]) {
      const chunks = cut(`${mark.repeat(90)}\n${"word ".repeat(30)}`);
      expect(chunks).toHaveLength(3);
      expect(chunks.join("").match(/[~`]/g)).toHaveLength(90);
    }
    expect(cut(`${" ".repeat(60)}\`\`\`\n${"word ".repeat(30)}`).join("")).not.toMatch(
      /```[^]*```/,
    );
  });

  test("an opening line that would fill the bubble is not repeated in full", () => {
    const chunks = cut(`\`\`\`${"x".repeat(70)}\n${"some code here\n".repeat(20)}\`\`\``);
    expect(chunks[1]).toMatch(/^```\nsome code/);
    expect(wordsOf(chunks).filter((word) => word === "some")).toHaveLength(20);
  });
});
