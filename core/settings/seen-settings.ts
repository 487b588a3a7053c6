import type { Db } from "mongodb";
import { z } from "zod";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import type { SettingsSource } from "./read-settings.ts";
import { settingSlices, type Settings, type SliceName } from "./settings.ts";

/** One setting as a function reads it; a secret's value never leaves the function. */
export const SeenSetting = z.object({
  name: z.string(),
  from: z.enum(["set", "default", "absent"]),
  isSecret: z.boolean(),
  /** null for what is secret or absent. */
  value: z.string().nullable(),
});
export type SeenSetting = z.infer<typeof SeenSetting>;

export const SeenByFunction = z.object({
  functionName: z.string(),
  settings: z.array(SeenSetting),
  /** When an instance of the function last started. */
  seenAt: z.date(),
});
export type SeenByFunction = z.infer<typeof SeenByFunction>;

type SeenDocument = Omit<SeenByFunction, "functionName"> & { _id: string };

/** The settings of these slices as `source` gives them, with their defaults, in the order of their slices. */
export function describeSettings<Name extends SliceName>(
  slices: readonly Name[],
  read: Pick<Settings, Name>,
  source: SettingsSource,
  isSecret: (name: string) => boolean,
): SeenSetting[] {
  return slices.flatMap((slice) =>
    Object.keys(settingSlices[slice].shape).map((name): SeenSetting => {
      const given = source[name];
      const isSet = given !== undefined && given !== "";
      const standard: unknown = Reflect.get(read[slice], name);
      const from = isSet ? "set" : standard === undefined ? "absent" : "default";
      const secret = isSecret(name);
      const text = isSet ? given : asText(standard);
      return { name, from, isSecret: secret, value: secret ? null : withoutPassword(text) };
    }),
  );
}

/** What each function saw of the settings when it last started, kept in the database. */
export function seenSettingsStore(db: Db) {
  const seen = db.collection<SeenDocument>("system");
  return {
    async keep({ functionName, ...what }: SeenByFunction): Promise<void> {
      await upsertAgain(() =>
        seen.updateOne({ _id: idOf(functionName) }, { $set: what }, { upsert: true }),
      );
    },

    async list(functionNames: readonly string[]): Promise<SeenByFunction[]> {
      const found = await seen.find({ _id: { $in: functionNames.map(idOf) } }).toArray();
      return found.map(({ _id, settings, seenAt }) =>
        SeenByFunction.parse({ functionName: _id.replace(prefix, ""), settings, seenAt }),
      );
    },
  };
}

const prefix = "settings:";

function idOf(functionName: string): string {
  return `${prefix}${functionName}`;
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An address may carry a name and password although it is no secret by its name. */
function withoutPassword(text: string | null): string | null {
  return text?.replaceAll(/\/\/[^/@\s]+@/g, "//…@") ?? null;
}
