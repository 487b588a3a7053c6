import { z } from "zod";
import { duplicateModes } from "./config.ts";
import { hexDigits, mixedCase } from "./random.ts";
import { SimError } from "./sim-error.ts";
import { itemType, type WireObject } from "./wire.ts";
import type { World } from "./world.ts";

const bytes = z.int().nonnegative();

export const UserMessage = z
  .strictObject({
    userId: z.string(),
    /** The bot written to; by default the live bot this user has scanned. */
    botId: z.string().optional(),
    text: z.string().min(1).optional(),
    /** Without `text` the speech recognition has failed. */
    voice: z
      .strictObject({ text: z.string().optional(), playtimeMs: bytes.default(2_000) })
      .optional(),
    image: z.strictObject({ bytes: bytes.default(120_000) }).optional(),
    file: z.strictObject({ name: z.string().min(1), bytes: bytes.default(4_096) }).optional(),
    video: z
      .strictObject({ bytes: bytes.default(900_000), playSeconds: bytes.default(5) })
      .optional(),
    /** An item type that no client knows. */
    unknownItemType: z.int().positive().optional(),
    /** Quotes a message by the id it has in `bubbles()` or that `userSends` gave. */
    quote: z
      .strictObject({
        messageId: z.string(),
        style: z.enum(["inline", "svr-id", "partial", "no-text"]).default("svr-id"),
      })
      .optional(),
    groupId: z.string().optional(),
    /** 1 is a person's message; anything else a client has to drop. */
    messageType: z.int().default(1),
    /** Besides the copies that the config asks for. */
    duplicates: z.array(z.enum(duplicateModes)).default([]),
  })
  .refine((message) => contentCount(message) === 1, {
    error: "give exactly one of text, voice, image, file, video, unknownItemType",
  });
export type UserMessage = z.output<typeof UserMessage>;

export interface UserItem {
  readonly item: WireObject;
  /** What the page shows. */
  readonly shown: string;
}

/** The items of a message, one for each wire message: a long text gives several. */
export function itemsOf(world: World, message: UserMessage): UserItem[] {
  const at = world.clock.now();
  const common = { create_time_ms: at, update_time_ms: at, is_completed: true };
  const refMsg = message.quote ? quoteOf(world, message.quote) : undefined;
  if (message.text !== undefined) {
    return pieces(message.text, world.config.inbound.splitAtChars).map((text, index) => ({
      item: {
        type: itemType.text,
        ...common,
        ref_msg: index === 0 ? refMsg : undefined,
        text_item: { text },
      },
      shown: text,
    }));
  }
  const { type, content, shown } = mediaOf(world, message);
  return [{ item: { type, ...common, ref_msg: refMsg, ...content }, shown }];
}

function mediaOf(
  world: World,
  message: UserMessage,
): { type: number; content: WireObject; shown: string } {
  const media = mediaReference(world);
  const { voice, image, file, video } = message;
  if (voice) {
    const encode = world.config.inbound.voiceEncodeType;
    const rate = { bits_per_sample: 16, sample_rate: encode === 4 ? 16_000 : 24_000 };
    const voice_item = { media, encode_type: encode, ...rate, playtime: voice.playtimeMs };
    const content = { voice_item: { ...voice_item, text: voice.text } };
    return { type: itemType.voice, content, shown: `[voice] ${voice.text ?? ""}`.trim() };
  }
  if (image) {
    const aeskey = world.random.text(32, hexDigits);
    const image_item = { media, aeskey, mid_size: cipherBytes(image.bytes) };
    return { type: itemType.image, content: { image_item }, shown: "[image]" };
  }
  if (file) {
    const md5 = world.random.text(32, hexDigits);
    const file_item = { media, file_name: file.name, md5, len: String(file.bytes) };
    return { type: itemType.file, content: { file_item }, shown: `[file] ${file.name}` };
  }
  if (video) {
    const video_md5 = world.random.text(32, hexDigits);
    const size = { video_size: cipherBytes(video.bytes), play_length: video.playSeconds };
    return {
      type: itemType.video,
      content: { video_item: { media, ...size, video_md5 } },
      shown: "[video]",
    };
  }
  const type = message.unknownItemType ?? 0;
  return { type, content: {}, shown: `[item type ${type}]` };
}

/** The shape of a CDN reference; the CDN itself is not simulated. */
function mediaReference(world: World): WireObject {
  const hexKey = world.random.text(32, hexDigits);
  return {
    encrypt_query_param: world.random.text(96, mixedCase),
    aes_key: Buffer.from(hexKey).toString("base64"),
    encrypt_type: 1,
  };
}

/** AES-128-ECB with PKCS7: reference/ilink.md 1.5. */
function cipherBytes(plainBytes: number): number {
  return Math.ceil((plainBytes + 1) / 16) * 16;
}

function quoteOf(world: World, quote: NonNullable<UserMessage["quote"]>): WireObject {
  const text = quotedText(world, quote.messageId);
  const svr_id = BigInt(quote.messageId);
  const message_item = { type: itemType.text, msg_id: svr_id, text_item: { text } };
  switch (quote.style) {
    case "svr-id":
      return { svr_id };
    case "inline":
      return { svr_id, title: text, message_item };
    case "no-text":
      return { svr_id, message_item: { type: itemType.text, msg_id: svr_id } };
    case "partial":
    default: {
      const end = Math.max(1, Math.floor(text.length / 2));
      const partial_text = { start: text.slice(0, 1), end: text.slice(end - 1, end) };
      const quotemd5 = world.random.text(32, hexDigits);
      return { svr_id, partial_text: { ...partial_text, startindex: 0, endindex: end, quotemd5 } };
    }
  }
}

function quotedText(world: World, messageId: string): string {
  const same = (message: { messageId: string }) => message.messageId === messageId;
  const quoted = world.bubbles.find(same) ?? world.phoneMessages.find(same);
  if (!quoted) throw new SimError("not-found", `No message ${messageId} to quote.`);
  return quoted.text;
}

/** Counted in characters, so that no emoji is cut in half. */
function pieces(text: string, size: number | null): string[] {
  const characters = Array.from(text);
  if (size === null || characters.length <= size) return [text];
  const count = Math.ceil(characters.length / size);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(""),
  );
}

function contentCount(message: Record<string, unknown>): number {
  const contents = ["text", "voice", "image", "file", "video", "unknownItemType"];
  return contents.filter((key) => message[key] !== undefined).length;
}
