import { MongoBulkWriteError, MongoServerError } from "mongodb";

const duplicateKeyCode = 11000;

/** True when the database refused the statement because of a unique index. */
export function isDuplicateKey(error: unknown): error is MongoServerError {
  return error instanceof MongoServerError && error.code === duplicateKeyCode;
}

/**
 * Runs an upsert by `_id`, and once more if another made that document at the same moment: the second
 * time it is found and changed.
 */
export async function upsertAgain<T>(upsert: () => Promise<T>): Promise<T> {
  try {
    return await upsert();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return upsert();
  }
}

/** Which unique index refused it, by one of the index's fields. */
export function isDuplicateOf(error: MongoServerError, field: string): boolean {
  const pattern: unknown = error.errorResponse["keyPattern"];
  if (typeof pattern === "object" && pattern !== null) return field in pattern;
  // Of a bulk over several collections the driver keeps the words only.
  return error.message.includes(` ${field}: `);
}

/**
 * The positions in an unordered bulk that were refused as duplicates, or null when anything else
 * went wrong as well, which the caller must not take for "seen before".
 */
export function duplicatePositions(error: unknown): Set<number> | null {
  if (!(error instanceof MongoBulkWriteError)) return null;
  const failures = [error.writeErrors].flat();
  if (failures.length === 0 || failures.some((failure) => failure.code !== duplicateKeyCode)) {
    return null;
  }
  return new Set(failures.map((failure) => failure.index));
}
