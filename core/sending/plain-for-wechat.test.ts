import { describe, expect, test } from "vitest";
import { plainForWechat } from "./plain-for-wechat.ts";

describe("what WeChat shows stays byte for byte", () => {
  test.each([
    ["headings", "# One\n\n## Two\n\n#### Four\n\nUnderlined\n======"],
    ["bold and lists", "- **重要**的事\n- __bold__ and *latin italics*\n  1. nested\n\n***"],
    ["code", "`##### no heading <b` and\n\n```md\n##### mark\n![x](y)\n*重要*\n|a|b|c|\n```"],
    ["a table of two columns", "| 项目 | 价格 |\n| --- | ---: |\n| 茶 | 12 |"],
    ["links and addresses", "[our shop](https://shop.example/a_b_c) <https://shop.example>"],
    ["tags", "one<br>two</span>"],
    ["stars and underlines that mark nothing", "3 * 4 * 5, snake_case_name, 5 * 重要"],
    ["odd white space", "  indented\n\n\n\ttab  \nend"],
    ["nothing", ""],
  ])("%s", (_what, markdown) => {
    expect(plainForWechat(markdown)).toBe(markdown);
  });
});

describe("what WeChat garbles becomes plain text", () => {
  test("headings of depth 5 and 6 lose their marks, and only those", () => {
    expect(plainForWechat("##### Five #####\ntext\n\n###### 六 **六**\n\n#### Four")).toBe(
      "Five\ntext\n\n六 **六**\n\n#### Four",
    );
    expect(plainForWechat("#####\n\nafter an empty one")).toBe("\n\nafter an empty one");
  });

  test("an image becomes its words and its address, if a person can open it", () => {
    expect(plainForWechat("See ![the map](https://x.example/map.png).")).toBe(
      "See the map: https://x.example/map.png.",
    );
    expect(plainForWechat("![](https://x.example/1.png)")).toBe("https://x.example/1.png");
    expect(plainForWechat("![chart](sandbox:/tmp/1.png)")).toBe("chart");
    expect(plainForWechat("![chart][c]\n\n[c]: /tmp/1.png")).toContain("chart\n");
  });

  test("italics beside Chinese lose their marks, bold inside them stays", () => {
    expect(plainForWechat("这是*重要*的")).toBe("这是重要的");
    expect(plainForWechat("_注意_ and *latin*")).toBe("注意 and *latin*");
    expect(plainForWechat("***重要***")).toBe("**重要**");
    expect(plainForWechat("中*a*文")).toBe("中a文");
  });

  test("a smaller-than sign that opens no tag is written wide, so that the line goes on", () => {
    expect(plainForWechat("if a < b and 1<2, \\<b> but <b>bold</b>")).toBe(
      "if a ＜ b and 1＜2, ＜b> but <b>bold</b>",
    );
  });

  test("a table of three columns becomes a list of its rows", () => {
    const table = [
      "| 维度 | Pinecone | ChromaDB |",
      "|---|:--:|---|",
      "| 部署 | SaaS | *Local* |",
      "| **成本** | | a \\| b |",
      "| | low | |",
    ].join("\n");
    expect(plainForWechat(`Compare:\n\n${table}\n\nDone.`)).toBe(
      [
        "Compare:",
        "",
        "**部署**\n- Pinecone: SaaS\n- ChromaDB: *Local*",
        "",
        "**成本**\n- ChromaDB: a | b",
        "",
        "- Pinecone: low",
        "",
        "Done.",
      ].join("\n"),
    );
  });

  test("a wide table in a quotation or a list keeps its place there", () => {
    expect(plainForWechat("> | a | b | c |\n> |---|---|---|\n> | 1 | 2 | 3 |")).toBe(
      "> **1**\n> - b: 2\n> - c: 3",
    );
    expect(plainForWechat("- | a | b | c |\n  |---|---|---|\n  | 1 | 2 | 3 |")).toBe(
      "- **1**\n  - b: 2\n  - c: 3",
    );
    expect(plainForWechat("| a | b | c |\n|---|---|---|")).toBe("a · b · c");
  });

  test("what nests as deep as the text is long is no trouble", () => {
    expect(plainForWechat(`${">".repeat(3000)} a < b`)).toBe(`${">".repeat(3000)} a ＜ b`);
  });
});
