import { roles, useMe } from "#console/client/me.ts";
import { places, type Place } from "./navigation.ts";

/** The pages that the signed-in person may open. */
export function usePlaces(): readonly Place[] {
  const role = useMe().data?.role ?? "viewer";
  return places.filter(({ needs }) => roles.indexOf(role) >= roles.indexOf(needs));
}
