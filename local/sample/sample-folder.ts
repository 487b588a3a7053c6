import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Db } from "mongodb";
import { DevError } from "../dev/dev-error.ts";
import { shortPath } from "../dev/options.ts";

/** What a sample's folder and database are known by, and the database's own name. */
const mark = "sample.json";
const markCollection = "sample";
export const sampleDatabase = "clawbot_hub_sample";

/** What `takeDataFolder` itself keeps there. */
const ofTheLock = (name: string) => name.startsWith("lock") || name === "runner.json";

/**
 * Empties a folder that this process has taken and that only ever held samples. Throws DevError when
 * it holds anything else, and changes nothing then.
 */
export async function emptySampleFolder(path: string): Promise<void> {
  const names = (await readdir(path)).filter((name) => !ofTheLock(name));
  if (names.length > 0 && !names.includes(mark)) {
    throw new DevError(
      "dev.data_no_sample",
      `${shortPath(path)} holds data that is no sample, and each start of the sample begins anew. ` +
        "Leave --data out, or name a folder of its own: npm run dev -- --sample --data .data/sample-2",
    );
  }
  // The mark goes last: what a kill leaves half emptied is a sample's folder still.
  for (const name of names.filter((each) => each !== mark)) {
    await rm(join(path, name), { recursive: true });
  }
  await writeFile(join(path, mark), '{"madeBy":"npm run dev -- --sample"}\n');
}

/** The same for the database. Throws DevError when it holds what no sample put there. */
export async function emptySampleDatabase(db: Db): Promise<void> {
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  if (names.length > 0 && !names.includes(markCollection)) {
    throw new DevError(
      "dev.database_no_sample",
      `The database ${db.databaseName} of MONGODB_URI holds data that is no sample, so nothing was ` +
        "changed. Rename it, or take MONGODB_URI out of .env for the sample.",
    );
  }
  await db.dropDatabase();
  await db
    .collection<{ _id: string }>(markCollection)
    .insertOne({ _id: "npm run dev -- --sample" });
}
