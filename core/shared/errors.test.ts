import { MongoServerError } from "mongodb";
import { expect, test } from "vitest";
import { errorName, LeaseLostError, RequestError } from "./errors.ts";

test.each([
  [new LeaseLostError("turn.lost", "Another invocation works on it."), "LeaseLostError(turn.lost)"],
  [new RequestError("conflict", "account.status", "No."), "RequestError(account.status)"],
  [
    new MongoServerError({ message: "dup key: { token: 'secret' }", code: 11000 }),
    "MongoServerError(11000)",
  ],
  [new TypeError("token is secret"), "TypeError"],
  ["a thrown text with a secret", "string"],
])("an error is named by class and code, never by its text: %#", (error, name) => {
  expect(errorName(error)).toBe(name);
});
