import { hexDigits, mixedCase, type Random } from "./random.ts";

/** Id shapes of reference/ilink.md 1.1; user ids keep their case on the wire. */
export const newUserId = (random: Random) => `o9cq8${random.text(23, `${mixedCase}-_`)}@im.wechat`;
export const newBotId = (random: Random) => `${random.text(12, hexDigits)}@im.bot`;
export const newBotToken = (random: Random, botId: string) =>
  `${botId}:${random.text(32, hexDigits)}`;
export const newQrKey = (random: Random) => random.text(32, hexDigits);
export const newContextToken = (random: Random) => `${random.text(62, mixedCase)}==`;
export const newTypingTicket = (random: Random) => `${random.text(62, mixedCase)}==`;
export const newVerifyCode = (random: Random, digits: number) => random.text(digits, "0123456789");

/** A uint64 between 2^62 and 2^63: no double holds it exactly. */
export function newMessageId(random: Random): bigint {
  const high = BigInt(random.between(2 ** 30, 2 ** 31 - 1));
  // Odd, so that reading it as a double always changes it.
  const low = BigInt(random.between(0, 2 ** 31 - 1)) * 2n + 1n;
  return (high << 32n) | low;
}
