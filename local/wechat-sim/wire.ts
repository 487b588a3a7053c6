import { z } from "zod";

/** JSON as iLink writes it: a bigint is a bare number, however large. */
export type WireJson =
  | string
  | number
  | boolean
  | null
  | bigint
  | readonly WireJson[]
  | { readonly [key: string]: WireJson | undefined };
export type WireObject = { readonly [key: string]: WireJson | undefined };

export function writeJson(value: WireJson): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(writeJson).join(",")}]`;
  const fields = Object.entries(value).flatMap(([key, field]) =>
    field === undefined ? [] : [`${JSON.stringify(key)}:${writeJson(field)}`],
  );
  return `{${fields.join(",")}}`;
}

export const itemType = {
  text: 1,
  image: 2,
  voice: 3,
  file: 4,
  video: 5,
  toolCallStart: 11,
  toolCallResult: 12,
} as const;

export const QrCodeBody = z.object({ local_token_list: z.array(z.string()).default([]) });

export const GetUpdatesBody = z.object({ get_updates_buf: z.string().default("") });

export const GetConfigBody = z.object({ ilink_user_id: z.string().default("") });

export const SendTypingBody = z.object({
  ilink_user_id: z.string().default(""),
  typing_ticket: z.string().default(""),
  status: z.union([z.literal(1), z.literal(2)]),
});

const TextItem = z.object({ text: z.string().min(1) });
const MediaItem = z.object({ media: z.record(z.string(), z.unknown()) });

/** An item counts only with the content its type names. */
export const SentItem = z.discriminatedUnion("type", [
  z.object({ type: z.literal(itemType.text), text_item: TextItem }),
  z.object({ type: z.literal(itemType.image), image_item: MediaItem }),
  z.object({ type: z.literal(itemType.voice), voice_item: MediaItem }),
  z.object({
    type: z.literal(itemType.file),
    file_item: MediaItem.extend({ file_name: z.string().optional() }),
  }),
  z.object({ type: z.literal(itemType.video), video_item: MediaItem }),
  z.looseObject({ type: z.literal(itemType.toolCallStart) }),
  z.looseObject({ type: z.literal(itemType.toolCallResult) }),
]);
export type SentItem = z.infer<typeof SentItem>;

/** Read tolerantly: which part is wrong decides between -2 and -3. */
export const SendMessageBody = z.object({
  msg: z.object({
    to_user_id: z.string().default(""),
    client_id: z.string().optional(),
    context_token: z.string().optional(),
    run_id: z.string().optional(),
    message_type: z.number().optional(),
    message_state: z.number().optional(),
    item_list: z.array(z.unknown()).default([]),
  }),
});

function isList(value: object): value is readonly WireJson[] {
  return Array.isArray(value);
}
