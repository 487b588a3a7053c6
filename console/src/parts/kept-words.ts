const mark = "hub-words:";

/**
 * What was typed and not sent yet, by what it is for. It outlives a page that is left and a tab that
 * is loaded again, and goes with the tab or when somebody signs out.
 */
export function keptWords(about: string) {
  const keyOf = (id: string) => `${mark}${about}:${id}`;
  return {
    get: (id: string): string | null => sessionStorage.getItem(keyOf(id)),
    keep: (id: string, words: string): void => sessionStorage.setItem(keyOf(id), words),
    forget: (id: string): void => sessionStorage.removeItem(keyOf(id)),
  };
}

/** Nobody else who signs in here is to find them. */
export function forgetAllWords(): void {
  const keys = Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at));
  for (const key of keys) if (key?.startsWith(mark)) sessionStorage.removeItem(key);
}

const writer = "hub-writer";

/** Words of another person who was signed in in this tab before go. */
export function wordsAreOf(userId: string): void {
  const before = sessionStorage.getItem(writer);
  if (before === userId) return;
  if (before !== null) forgetAllWords();
  sessionStorage.setItem(writer, userId);
}
