import { tellOfExpiries } from "#core/alerts/tell-of-expiries.ts";
import type { Sweep } from "./sweep.ts";

/** Tells operators of logins that expired. */
export const expiryNotices: Sweep = { name: "expiry_notices", run: tellOfExpiries };
