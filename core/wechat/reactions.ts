/** What a refusal of WeChat asks of us. */
export type ReactionKind =
  /** The token is dead: stop polling and sending, tell the operator, scan again. */
  | "login_expired"
  /** Window, credits, throttle, token or length: decide from our own ledger. */
  | "overloaded"
  /** The same request will never be taken. */
  | "permanent"
  /** An extra that is not worth a retry; go on without it. */
  | "skip"
  /** What we are set up with is wrong. */
  | "config"
  | "unknown";

export type Reaction = {
  kind: ReactionKind;
  /** The words may mean a stale context token: worth one more try at once without it. */
  mayBeStaleToken: boolean;
  /** One sentence for a person: what it means and what to do. */
  meaning: string;
  source: string;
};

type Row = Omit<Reaction, "mayBeStaleToken"> & {
  code: number;
  methods?: readonly string[];
  staleTokenWords?: readonly string[];
};

const typing = ["getconfig", "sendtyping"];
const extras = [...typing, "notifystart", "notifystop"];

/** reference/ilink.md 1.7, the first row that fits. */
const rows: readonly Row[] = [
  {
    code: -14,
    kind: "login_expired",
    meaning: "The login is no longer valid. Scan the QR code of this account again.",
    source: "reference/ilink.md 1.7",
  },
  {
    code: -4,
    methods: typing,
    kind: "skip",
    meaning: "This contact has not written yet, so no typing sign can be shown. Nothing to do.",
    source: "reference/ilink.md 1.7, 1.5",
  },
  {
    code: -3,
    methods: ["sendmessage"],
    kind: "permanent",
    meaning: "The recipient or the message is not accepted. Sending it again will not help.",
    source: "reference/ilink.md 1.7, 1.4",
  },
  {
    code: -2,
    methods: ["sendmessage"],
    kind: "overloaded",
    staleTokenWords: ["prepare failed", "unknown error"],
    meaning:
      "The 24-hour window or the 10 messages are used up, or it was too fast. It can go out later.",
    source: "reference/ilink.md 1.7, 1.6",
  },
  {
    code: -13,
    methods: ["sendmessage", "getupdates"],
    kind: "overloaded",
    meaning: "WeChat asks to go slower. Try again later.",
    source: "reference/ilink.md 1.7 (low confidence)",
  },
  {
    code: -2,
    methods: ["getupdates"],
    kind: "overloaded",
    meaning: "WeChat asks to go slower. Poll again later.",
    source: "reference/ilink.md 1.7",
  },
  {
    code: -1,
    methods: ["sendmessage", "getuploadurl"],
    kind: "permanent",
    meaning: "The recipient is not accepted. Sending it again will not help.",
    source: "reference/ilink.md 1.7",
  },
  {
    code: 2,
    methods: ["get_bot_qrcode"],
    kind: "config",
    meaning: "WeChat does not know this type of bot. Check the client version in the settings.",
    source: "reference/ilink.md 1.7, 1.2",
  },
];

/**
 * What to do about a code (`ret` or `errcode`) that WeChat answered to a method (its last path
 * word, such as `sendmessage`), with the words it gave (`errmsg`). A code nobody has documented is
 * `unknown`, except for the calls that are an extra: those are always `skip`.
 */
export function reactionFor(method: string, code: number, errmsg = ""): Reaction {
  const row = rows.find(
    (row) => row.code === code && (row.methods === undefined || row.methods.includes(method)),
  );
  if (row !== undefined) {
    const { kind, meaning, source, staleTokenWords = [] } = row;
    return { kind, meaning, source, mayBeStaleToken: staleTokenWords.includes(errmsg) };
  }
  if (extras.includes(method)) {
    return {
      kind: "skip",
      mayBeStaleToken: false,
      meaning: "It was an extra and nothing depends on it. Nothing to do.",
      source: "reference/ilink.md 1.2, 1.5",
    };
  }
  return {
    kind: "unknown",
    mayBeStaleToken: false,
    meaning: "Nobody has documented this code. Keep it and look at the account.",
    source: "reference/ilink.md 3.9",
  };
}
