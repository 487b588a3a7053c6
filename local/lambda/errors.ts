/** No function of that name is registered. */
export class FunctionNotFoundError extends Error {
  readonly code = "function.not_found";

  constructor(functionName: string) {
    super(`There is no function ${functionName}. Register it before it is invoked.`);
    this.name = "FunctionNotFoundError";
  }
}

/** All places are taken, the function's own or the account's. */
export class ThrottledError extends Error {
  readonly code = "function.throttled";
  readonly limitedBy: "function" | "account";

  constructor(functionName: string, limitedBy: "function" | "account") {
    super(`${functionName} is throttled: as many instances run as its ${limitedBy} may have.`);
    this.name = "ThrottledError";
    this.limitedBy = limitedBy;
  }
}
