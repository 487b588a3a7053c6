/** WeChat's own words rather than somebody's. */
const wordFields = ["status", "errmsg"];
const maxWordChars = 80;
const maxEntries = 5;
const maxChars = 1_500;

/** What servers say of failures; any other word could be quoted from a message or be a secret. */
const vocabulary = new Set(
  `a access account already and api app appid args argument arguments auth authorization bad
   banned binded block blocked bot busy call cannot client code config confirmed context data denied disabled
   does empty err error exceed exceeded exist expire expired fail failed failure field for forbidden
   format found freq frequency frequent from get getconfig getupdates gettypingticket group has id ilink_user_id illegal
   in internal invalid is it json later length limit limited login long many method mismatch
   missing msg must need need_verifycode network no not null of off ok on or out over overload param
   parameter parameters params parse permission please prepare quota rate reach reached refused
   request required response ret retry rpc scaned scaned_but_redirect binded_redirect
   verify_code_blocked send sendmessage sent server service session set size slow state status such
   support supported sys system than the ticket time timeout to token too try type typing
   unauthorized unavailable unknown unsupported uploads url user version wait was window wrong`.split(
    /\s+/,
  ),
);

/**
 * The form of an answer as JSON, to find out later what WeChat changed: every field and number, but
 * of a text only its length, since it may be a person's or a secret.
 */
export function shapeOf(value: unknown): string {
  const shape = JSON.stringify(value, (field, part: unknown) => {
    if (typeof part === "string") {
      return wordFields.includes(field) ? knownWords(part) : `<${part.length} chars>`;
    }
    return Array.isArray(part) ? part.slice(0, maxEntries) : part;
  });
  return (shape ?? "").slice(0, maxChars);
}

/** The words of a refusal as far as they are WeChat's, the others as their length. */
function knownWords(text: string): string {
  const words = text.slice(0, maxWordChars).split(/\s+/);
  return words.map((word) => (isKnown(word) ? word : `<${word.length} chars>`)).join(" ");
}

function isKnown(word: string): boolean {
  const bare = word.toLowerCase().replaceAll(/^\W+|\W+$/g, "");
  return bare === "" ? word.length <= 2 : vocabulary.has(bare) || /^-?\d{1,5}$/.test(bare);
}
