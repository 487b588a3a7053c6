import type { Role } from "#console/client/me.ts";
import type { Overview } from "./read-overview.ts";
import type { overviewTexts } from "./texts.ts";

export type TileOf = {
  key: keyof Overview["tiles"] & keyof typeof overviewTexts;
  /** The list of what it counts. */
  href: (asOf: string) => string;
  /** A number that waits for somebody is marked. */
  asks: boolean;
  needs?: Role;
};

const dayMs = 86_400_000;

/** What waits for people first, then what waits by itself. */
export const tiles: readonly TileOf[] = [
  { key: "drafts", href: () => "/review", asks: true, needs: "reviewer" },
  { key: "pendingApproval", href: () => "/approvals", asks: true, needs: "operator" },
  { key: "loginExpired", href: () => "/bots?status=login_expired", asks: true },
  { key: "undelivered", href: () => "/delivery?state=dead", asks: true },
  { key: "unconfirmed", href: () => "/delivery?state=unconfirmed", asks: true },
  { key: "failedToday", href: failedSince, asks: true },
  { key: "waitingForHermes", href: () => "/runs?status=retry_pending", asks: false },
  { key: "parked", href: () => "/delivery?state=parked", asks: false },
  { key: "polling", href: () => "/bots?status=approved&polling=true", asks: false },
];

function failedSince(asOf: string): string {
  const from = new Date(new Date(asOf).getTime() - dayMs).toISOString();
  return `/runs?${new URLSearchParams({ status: "error", from }).toString()}`;
}
