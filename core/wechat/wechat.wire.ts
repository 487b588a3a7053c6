import { z } from "zod";

/** Absent, null or of another shape than we know: all read as absent, so one odd field costs no message. */
function maybe<S extends z.ZodType>(schema: S) {
  return schema.optional().catch(undefined);
}

/** Ids are opaque; they come as strings or numbers and are kept as strings. */
const id = z.union([z.string().max(1_024), z.number()]).transform(String);
const whole = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
/** Tokens, names and keys; a longer one is nothing that WeChat ever gave out. */
const text = z.string().max(16_384);
/** What people said. */
const words = z.string();
/** Opaque, and kept with the account. */
const cursor = z.string().max(1_000_000);

const CdnMedia = z.object({
  encrypt_query_param: maybe(text),
  aes_key: maybe(text),
  encrypt_type: maybe(whole),
  full_url: maybe(text),
});

const ImageItem = z.object({
  media: maybe(CdnMedia),
  thumb_media: maybe(CdnMedia),
  aeskey: maybe(text),
  url: maybe(text),
  mid_size: maybe(whole),
  hd_size: maybe(whole),
  thumb_size: maybe(whole),
  thumb_width: maybe(whole),
  thumb_height: maybe(whole),
});

const VoiceItem = z.object({
  media: maybe(CdnMedia),
  encode_type: maybe(whole),
  bits_per_sample: maybe(whole),
  sample_rate: maybe(whole),
  playtime: maybe(whole),
  text: maybe(words),
});

const FileItem = z.object({
  media: maybe(CdnMedia),
  file_name: maybe(text),
  md5: maybe(text),
  len: maybe(id),
});

const VideoItem = z.object({
  media: maybe(CdnMedia),
  video_size: maybe(whole),
  play_length: maybe(whole),
  video_md5: maybe(text),
  thumb_media: maybe(CdnMedia),
  thumb_size: maybe(whole),
  thumb_width: maybe(whole),
  thumb_height: maybe(whole),
});

/** Numbers of `message_type` and of an item's `type` (reference/ilink.md 1.3). */
export const messageType = { user: 1, bot: 2 } as const;
export const messageState = { new: 0, generating: 1, finish: 2 } as const;
export const itemType = { text: 1, image: 2, voice: 3, file: 4, video: 5 } as const;

export const WireItem = z.object({
  type: maybe(whole),
  create_time_ms: maybe(whole),
  update_time_ms: maybe(whole),
  is_completed: maybe(z.boolean()),
  msg_id: maybe(id),
  ref_msg: maybe(z.record(z.string(), z.unknown())),
  text_item: maybe(z.object({ text: maybe(words) })),
  image_item: maybe(ImageItem),
  voice_item: maybe(VoiceItem),
  file_item: maybe(FileItem),
  video_item: maybe(VideoItem),
});
export type WireItem = z.infer<typeof WireItem>;

export const WireMessage = z.object({
  seq: maybe(id),
  message_id: maybe(id),
  client_id: maybe(id),
  from_user_id: maybe(text),
  to_user_id: maybe(text),
  group_id: maybe(id),
  session_id: maybe(id),
  run_id: maybe(id),
  context_token: maybe(text),
  create_time_ms: maybe(whole),
  update_time_ms: maybe(whole),
  delete_time_ms: maybe(whole),
  message_type: maybe(whole),
  message_state: maybe(whole),
  item_list: maybe(z.array(z.unknown()).transform(readableItems)),
});

/** An entry that is no object at all is left to `raw`; its neighbours are kept. */
function readableItems(list: unknown[]): WireItem[] {
  return list.flatMap((entry) => {
    const item = WireItem.safeParse(entry);
    return item.success ? [item.data] : [];
  });
}

/** What WeChat sent, in its own names, with the whole of it beside (ids above 2^53 as strings). */
export type WechatMessage = z.infer<typeof WireMessage> & { raw: Record<string, unknown> };

export const JsonObject = z.record(z.string(), z.unknown());

/** The two places where an answer may say no; neither set, or both 0, is a yes. */
export const WireVerdict = z.object({
  ret: maybe(whole),
  errcode: maybe(whole),
  errmsg: maybe(words),
});

export const GetUpdatesAnswer = z.object({
  msgs: maybe(z.array(z.unknown())),
  get_updates_buf: maybe(cursor),
  longpolling_timeout_ms: maybe(whole),
});

export const GetBotQrcodeAnswer = z.object({
  qrcode: maybe(text),
  qrcode_img_content: maybe(text),
});

export const QrcodeStatusWord = z.enum([
  "wait",
  "scaned",
  "need_verifycode",
  "verify_code_blocked",
  "expired",
  "scaned_but_redirect",
  "binded_redirect",
  "confirmed",
]);

export const GetQrcodeStatusAnswer = z.object({
  status: maybe(QrcodeStatusWord),
  bot_token: maybe(text),
  ilink_bot_id: maybe(text),
  ilink_user_id: maybe(text),
  baseurl: maybe(text),
  redirect_host: maybe(text),
});

export const SendMessageAnswer = z.object({ message_id: maybe(id) });
export const GetConfigAnswer = z.object({ typing_ticket: maybe(text) });
