import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { Policy } from "#core/policies/policy.ts";
import type { Language } from "./names.ts";
import type { Ending } from "./plan-talk.ts";
import type { Exchange } from "./talk.ts";

/** What is given of one question, and what becomes of it. */
export type ExchangePlan = {
  account: Account;
  policy: Policy;
  conversation: Conversation;
  /** Who reviewed or answered. */
  person: string;
  words: Exchange;
  language: Language;
  askedAt: Date;
  ending: Ending;
  number: number;
};

export type Times = { begun: Date; started: Date; answered: Date; sent: Date };

const politer: Readonly<Record<Language, string>> = {
  zh: "\n\n有其他问题随时告诉我们。",
  en: "\n\nJust write if there is anything else.",
};

/** The answer as a reviewer sent it. */
export function editedBy({ words, language }: ExchangePlan): string {
  return words.answer + politer[language];
}
