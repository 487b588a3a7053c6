import { describe, expect, test } from "vitest";
import { cleanAnswer } from "./clean-answer.ts";

describe("files that Hermes names", () => {
  test.each([
    ["on a line of their own", "Here:\n\nMEDIA:/tmp/a.png\n\nBye", "Here:\n\nBye", "/tmp/a.png"],
    ["within a line", "See MEDIA:/tmp/a.png for more", "See  for more", "/tmp/a.png"],
    ["in ticks", "See `MEDIA:/tmp/a.png`", "See", "/tmp/a.png"],
    ["with a ticked path", "See MEDIA:`/tmp/a b.png`", "See", "/tmp/a b.png"],
    ["in quotes", 'MEDIA:"/tmp/a b.png" done', "done", "/tmp/a b.png"],
    ["with spaces", "MEDIA:/tmp/my file.png, and on", ", and on", "/tmp/my file.png"],
    ["with a space behind the colon", "MEDIA: ~/out.pdf", "", "~/out.pdf"],
    ["as a URL", "MEDIA:https://h/x?y=1 ok", "ok", "https://h/x?y=1"],
    ["without any path", "MEDIA:chart.png", "", "chart.png"],
  ])("are taken out %s", (_name, text, rest, ref) => {
    expect(cleanAnswer(text)).toEqual({ text: rest, isCut: false, mediaRefs: [ref], dataUrls: [] });
  });

  test("are not seen in prose", () => {
    const prose = "SOCIAL MEDIA: none.\nMULTIMEDIA:x";
    expect(cleanAnswer(prose)).toMatchObject({ text: prose, mediaRefs: [] });
  });
});

describe("pictures within the text", () => {
  test("are taken out as markdown and bare, and kept apart", () => {
    const text =
      "Look: ![image](data:image/png;base64,iVBOR/w0+K==) and data:audio/ogg;base64,T2dn";
    expect(cleanAnswer(text)).toEqual({
      text: "Look:  and",
      isCut: false,
      mediaRefs: [],
      dataUrls: ["data:image/png;base64,iVBOR/w0+K==", "data:audio/ogg;base64,T2dn"],
    });
  });

  test("of many megabytes are taken out at once", () => {
    const picture = `data:image/png;base64,${"A".repeat(12_000_000)}`;
    expect(cleanAnswer(`Hi ![x](${picture})`).text).toBe("Hi");
  });

  test("at another address stay", () => {
    const text = "![x](https://h/x.png) and the data: it is here";
    expect(cleanAnswer(text)).toMatchObject({ text, dataUrls: [] });
  });
});

test("an answer is trimmed, and what was taken out leaves no gap", () => {
  const text = "\n One\n\nMEDIA:/a.png\n\n\nTwo [[audio_as_voice]] \n";
  expect(cleanAnswer(text).text).toBe("One\n\nTwo");
});

describe("a long answer", () => {
  test("is cut at the limit, and says so", () => {
    expect(cleanAnswer("abcdef", { maxChars: 6 })).toMatchObject({ text: "abcdef", isCut: false });
    expect(cleanAnswer("abcdefg", { maxChars: 6 })).toMatchObject({ text: "abcdef", isCut: true });
  });

  test("is not cut through an emoji", () => {
    expect(cleanAnswer("abc😀d", { maxChars: 4 })).toMatchObject({ text: "abc", isCut: true });
    expect(cleanAnswer("abc😀d", { maxChars: 5 })).toMatchObject({ text: "abc😀", isCut: true });
  });
});
