/** What the client was made with cannot work; the message says what to write instead. */
export class HermesSetupError extends Error {
  readonly option: "baseUrl" | "apiKey" | "extraHeaders";

  constructor(option: HermesSetupError["option"], message: string) {
    super(message);
    this.name = "HermesSetupError";
    this.option = option;
  }
}
