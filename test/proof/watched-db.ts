import type { Db } from "mongodb";
import type { Life } from "./life.ts";

/** The same database, each of whose commands passes through a life. */
export function watchedDb(db: Db, life: Life): Db {
  return watched(db, life, "");
}

function watched<T extends object>(target: T, life: Life, name: string): T {
  return new Proxy(target, {
    get(owner, key) {
      const value: unknown = Reflect.get(owner, key, owner);
      // Statements on several collections go by way of the client.
      if (key === "client" && typeof value === "object" && value !== null) {
        return watched(value, life, "client");
      }
      if (key === Symbol.asyncIterator && isFunction(value)) {
        return () => watchedIterator(value.call(owner), life, name);
      }
      if (typeof key === "symbol" || !isFunction(value)) return value;
      return (...given: unknown[]) => answerOf(owner, value, given, life, `${name}.${key}`);
    },
  });
}

type Callable = (this: unknown, ...given: unknown[]) => unknown;

/** What begins a command is decided by what it gives: a promise is one, a cursor will make one. */
function answerOf(owner: object, method: Callable, given: unknown[], life: Life, name: string) {
  if (commands.has(name.split(".").at(-1) ?? "")) {
    return life.call(name.replace(/^\./, ""), async () => method.apply(owner, given));
  }
  const answer = method.apply(owner, given);
  if (!isCursorOrCollection(answer)) return answer;
  const collection = name === ".collection" ? String(given[0]) : name;
  return watched(answer, life, collection);
}

const commands = new Set(
  `insertOne insertMany updateOne updateMany deleteOne
   deleteMany bulkWrite findOne findOneAndUpdate findOneAndDelete
   findOneAndReplace replaceOne countDocuments estimatedDocumentCount distinct
   toArray next hasNext command explain
   forEach createIndexes listIndexes`.split(/\s+/),
);

async function* watchedIterator(iterator: unknown, life: Life, name: string) {
  if (!isAsyncIterator(iterator)) throw new TypeError(`${name} is no cursor.`);
  for (;;) {
    const { done, value } = await life.call(`${name}.next`, () => iterator.next());
    if (done === true) return;
    yield value;
  }
}

function isFunction(value: unknown): value is Callable {
  return typeof value === "function";
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === "object" && value !== null && "next" in value;
}

function isCursorOrCollection(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && ("toArray" in value || "insertOne" in value)
  );
}
