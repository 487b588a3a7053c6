import { countSimulatedBots, moveSimulatedBots } from "./simulated-bots.ts";
import { connectTo, requireUsable, type DevDatabase } from "./dev-database.ts";
import { freeWhatTheDeadHold } from "./workers.ts";

/**
 * Before anything runs: is the data for this release, and does it fit where things are now?
 * `simulatorUrl` is null when the real WeChat is used. Throws DevError.
 */
export async function prepareData(options: {
  database: DevDatabase;
  databaseName: string;
  dataDir: string;
  simulatorUrl: string | null;
  say: (line: string) => void;
}): Promise<void> {
  const { database, dataDir, simulatorUrl, say } = options;
  const client = connectTo(database.uri);
  try {
    const db = client.db(options.databaseName);
    await requireUsable(db, dataDir, database.isOurs);
    if (database.isOurs) await freeWhatTheDeadHold(db);
    if (simulatorUrl !== null) {
      await moveSimulatedBots(db, simulatorUrl);
      return;
    }
    const simulated = await countSimulatedBots(db);
    if (simulated === 0) return;
    say(`! Bots of the simulator, which the real WeChat does not know: ${simulated}.`);
  } finally {
    await client.close();
  }
}
