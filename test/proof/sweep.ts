import { MongoClient, type Db } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { auditOf, check, noFindings, type AuditCounts, type Findings } from "./check.ts";
import { watchHttp, type Death } from "./life.ts";
import type { Story } from "./stories.ts";
import { World, type FunctionName, type WorldOptions } from "./world.ts";

export type Profile = Pick<WorldOptions, "cursor" | "via">;
export type Point = Death & { of: FunctionName; story: string };
export type Outcome = { point: Point; profile: Profile; died: boolean; findings: Findings };

export const profiles: readonly Profile[] = [
  { cursor: "replay", via: "chat" },
  { cursor: "one-way", via: "chat" },
  { cursor: "replay", via: "runs" },
];

const mostTries = 3;

watchHttp();

/** Tells stories over one database, each with an empty one. */
export class Sweep {
  readonly #client: MongoClient;
  readonly #name: string;
  /** What the log says of each story without an accident. */
  readonly #audits = new Map<string, AuditCounts>();

  static async start(database: { uri: string; name: string }): Promise<Sweep> {
    const client = new MongoClient(database.uri, { ignoreUndefined: true });
    await migrate(client.db(database.name), (at) => policyStore(at).seed());
    return new Sweep(client, database.name);
  }

  private constructor(client: MongoClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** The points at which a process can die in this story: each call site, before and after. */
  async points(story: Story, profile: Profile): Promise<Point[]> {
    const points: Point[] = [];
    const { world, audit } = await this.#tell(story, profile, null);
    this.#audits.set(nameOf(story, profile), audit);
    const functions: FunctionName[] = ["poll", "agent", "retry", "api"];
    for (const of of functions) {
      for (const site of [...world.seen[of]].sort()) {
        for (const when of ["before", "after"] as const) {
          points.push({ of, site, when, story: story.name });
        }
      }
    }
    return points;
  }

  /** The story with a death at this point, and what is wrong afterwards. */
  async run(point: Point, story: Story, profile: Profile): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      const { world, findings } = await this.#tell(story, profile, point);
      // Whether Hermes is looked after once or twice is a matter of milliseconds.
      if (world.died || tries === mostTries) return { point, profile, died: world.died, findings };
    }
  }

  async stop(): Promise<void> {
    await this.#client.db(this.#name).dropDatabase();
    await this.#client.close();
  }

  async #tell(story: Story, profile: Profile, accident: Point | null) {
    const db = this.#client.db(this.#name);
    await emptyDatabase(db);
    const wanted = this.#audits.get(nameOf(story, profile)) ?? null;
    const world = await World.start({ db, ...profile, accident });
    try {
      const expected = await story.tell(world);
      return { world, findings: await check(world, expected, wanted), audit: await auditOf(world) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const findings = { ...noFindings(), stuck: [reason] };
      return { world, findings, audit: new Map<string, number>() };
    } finally {
      await world.stop();
    }
  }
}

function nameOf({ name }: Story, { cursor, via }: Profile): string {
  return [name, cursor, via].join(" ");
}

/** As migrated; the policies without the wait for the end of a burst. */
export async function emptyDatabase(db: Db): Promise<void> {
  const kept = ["policies", "system"];
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (!kept.includes(name) && !name.startsWith("system."))
      await db.collection(name).deleteMany({});
  }
  await db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
}
