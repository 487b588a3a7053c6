/** The person with the phone, as the check talks to them: a terminal, or a test. */
export type Person = {
  tell(text: string): void;
  /** Shows a QR code that encodes `content`. */
  showQr(content: string): Promise<void>;
  /** One line of what the person answered. */
  ask(question: string): Promise<string>;
};

/** Asks until the answer is one of `choices`; an empty one means the first. */
export async function choose<Choice extends string>(
  person: Person,
  question: string,
  choices: readonly [Choice, ...Choice[]],
): Promise<Choice> {
  for (;;) {
    const answer = (await person.ask(`${question} [${choices.join("/")}]`)).trim().toLowerCase();
    if (answer === "") return choices[0];
    const chosen = choices.find((choice) => choice === answer);
    if (chosen !== undefined) return chosen;
    person.tell(`Please answer with one of: ${choices.join(", ")}.`);
  }
}
