import { randomBytes } from "node:crypto";
import type { Db } from "mongodb";
import { z } from "zod";
import { ownersStore } from "#core/users/owners.store.ts";
import type { HubClient } from "../hub-client.ts";

const name = "owner";

/** Makes the local hub's owner at its first start; gives what to tell about who signs in. */
export async function makeFirstOwner(hub: { db: Db; client: HubClient }): Promise<string> {
  if (await ownersStore(hub.db).any()) {
    return "as at the first start; POST api/users with the token below makes another";
  }
  const password = randomBytes(9).toString("base64url");
  await hub.client.call("POST", "/api/users", z.object({}), { name, role: "owner", password });
  return `name ${name}, password ${password}  shown only this once`;
}
