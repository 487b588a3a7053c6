import { secretNames } from "#infra/secret-names.ts";

/** How each secret that has no placeholder comes about; `<…>` is for the person to fill in. */
const howTo: Partial<Record<string, string>> = {
  MongodbUri: "'<mongodb+srv://user:password@cluster…>'",
  CredentialKey: '"k1:$(openssl rand -base64 32)"',
  HermesApiKey: "'<the API key of your Hermes>'",
  ApiToken: '"$(openssl rand -base64 32)"',
};

/** What `sst secret list` printed: `Name=value` lines, a stage's own after the fallbacks. */
export function readSecretList(printed: string): Map<string, string> {
  const lines = [...printed.matchAll(/^([A-Z][A-Za-z0-9]*)=(.*)$/gm)];
  return new Map(lines.map(([, name = "", value = ""]) => [name, value]));
}

/** For each secret that a deployment cannot do without and that is not set: the command that sets it. */
export function missingSecrets(present: ReadonlyMap<string, string>, stage: string): string[] {
  return Object.values(secretNames)
    .filter((name) => howTo[name] !== undefined && (present.get(name) ?? "") === "")
    .map((name) => `npx sst secret set ${name} ${howTo[name]} --stage ${stage}`);
}

/** The settings that are secrets, with the values that are set, under the settings' names. */
export function settingsOf(present: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secretNames).flatMap(([setting, name]) => {
      const value = present.get(name);
      return value === undefined ? [] : [[setting, value]];
    }),
  );
}
