import type { LocalDatabase } from "./database.ts";
import { LocalDatabaseError } from "./errors.ts";

const URI = /^(mongodb(?:\+srv)?:\/\/)(?:([^/?]*)@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/** Takes a connection string from the settings as it is, less its database name. */
export function givenDatabase(uri: string): LocalDatabase {
  const match = URI.exec(uri);
  if (match === null) {
    throw new LocalDatabaseError(
      "database.uri_invalid",
      "MONGODB_URI is not a MongoDB connection string. It must look like mongodb://host:27017 or " +
        "mongodb+srv://name:password@cluster.example; leave it empty to use a local database.",
    );
  }
  const [, scheme = "", login, hosts = "", name, query] = match;
  const parameters = new URLSearchParams(query);
  // The name in the path is also where a login is looked up, unless authSource says otherwise.
  if (login !== undefined && name && !parameters.has("authSource")) {
    parameters.set("authSource", decodeURIComponent(name));
  }
  const rest = parameters.size === 0 ? "" : `?${parameters.toString()}`;
  return {
    uri: `${scheme}${login === undefined ? "" : `${login}@`}${hosts}/${rest}`,
    kind: "given",
    description: `MONGODB_URI, at ${hosts}`,
    stop: async () => undefined,
  };
}
