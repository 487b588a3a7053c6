/**
 * Texts that Hermes passes on as if the agent had said them, with no flag beside
 * (reference/hermes.md 2). They are told by their first words alone, since an answer may begin with
 * a warning sign of its own.
 */
export function isErrorText(text: string): boolean {
  return [isLeaseBusy, isProviderRefusal, isNoReply, isErrorProse, isPage].some((is) => is(text));
}

export function isLeaseBusy(text: string): boolean {
  return (
    startsWith(text, "⏳ Another Hermes process kept this session busy") ||
    startsWith(text, "Stopped waiting for another Hermes process")
  );
}

export function isProviderRefusal(text: string): boolean {
  return startsWith(text, "⚠️ Provider authentication failed:");
}

/** Hermes' error, plain or behind its own words, when nobody told it which model to ask. */
export function isWithoutProvider(error: string): boolean {
  return /^(Internal server error: )?No LLM provider configured/.test(error);
}

/** Excuses for a turn without an answer; a dozen reasons may follow the first of them. */
export function isNoReply(text: string): boolean {
  return (
    text.trim() === "(empty)" ||
    startsWith(text, "⚠️ No reply: ") ||
    startsWith(text, "⚠️ **Thinking Budget Exhausted**") ||
    startsWith(text, "I reached the iteration limit and couldn't generate a summary.") ||
    /^\s*I reached the maximum iterations \(\d+\) but couldn't summarize\./.test(text)
  );
}

export function isErrorProse(text: string): boolean {
  return /^\s*API call failed after \d+ retr/.test(text);
}

export function isPage(text: string): boolean {
  return /^\s*<(!doctype|html)\b/i.test(text);
}

/** The emoji come with or without the variation selector. */
function startsWith(text: string, prefix: string): boolean {
  const plain = (words: string) => words.replaceAll("\u{FE0F}", "").trimStart();
  return plain(text.slice(0, 200)).startsWith(plain(prefix));
}
