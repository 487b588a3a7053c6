import type { Inbound } from "./parts-of.ts";

export type Media = { kind: "image" | "voice" | "file" | "video" | "unknown_item"; name: string };

/** WeChat's item types (reference/ilink.md 1.3). */
const kinds = { 2: "image", 3: "voice", 4: "file", 5: "video" } as const;

/** What a message has besides text; a file by its name. */
export function mediaOf({ media }: Pick<Inbound, "media">): Media[] {
  return media.map((item) => {
    const kind = Object.entries(kinds).find(([type]) => Number(type) === item["type"])?.[1];
    return { kind: kind ?? "unknown_item", name: nameIn(item["file_item"]) };
  });
}

function nameIn(file: unknown): string {
  if (typeof file !== "object" || file === null || !("file_name" in file)) return "";
  return typeof file.file_name === "string" ? file.file_name : "";
}
