/** A contact's text: its words are a marker that appears in nothing else. */
export type Written = { marker: string; contact: number; botId: string };

/** What a test knows by itself, without asking the hub: what people did and were told. */
export type Model = {
  written: Written[];
  /** What operators were told would be sent. */
  spoken: { marker: string; contact: number }[];
  takenOver: Set<number>;
  suspended: Set<number>;
  /** Bots whose login WeChat has ended. */
  expired: Set<number>;
  isHermesAway: boolean;
  /** How many bubbles a phone showed when its bot or conversation was silenced. */
  silentSince: Map<number, number>;
  /** By action and subject, how often an operator changed something. */
  changes: Map<string, number>;
};

export function newModel(): Model {
  return {
    written: [],
    spoken: [],
    takenOver: new Set(),
    suspended: new Set(),
    expired: new Set(),
    isHermesAway: false,
    silentSince: new Map(),
    changes: new Map(),
  };
}

/** Texts of contacts, of operators and of reviewers, each found wherever they are told. */
export const markers = { contact: /q\d+q/g, operator: /o\d+o/g, any: /[qoe]\d+[qoe]/g } as const;
