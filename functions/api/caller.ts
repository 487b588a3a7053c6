import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { LabelScope } from "#core/accounts/scope.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { userOfSession } from "#core/users/sign-in.ts";
import { userOfToken } from "#core/users/tokens.ts";
import { isAtLeast, type Role } from "#core/users/user.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";

/** The least role that a route asks for; `signed-in`: any role, for what is one's own. */
export type Access = Role | "signed-in" | "public";

/** Who sent the request. */
export type Caller = {
  userId: string;
  name: string;
  role: Role;
  /** The account labels this caller is limited to; null: none. */
  labels: LabelScope;
  via: "session" | "token";
};

/** What each route's handler finds in its context; `caller` is null only on public routes. */
export type ApiEnv = { Variables: { caller: Caller | null } };

/** Lets in who may call the route. Throws `caller.unknown` (401) and `caller.role` (403). */
export function requireAccess(access: Access): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (access !== "public") checkRole(callerOf(c), access);
    await next();
  };
}

/** Who called. Throws `caller.unknown` (401) when nobody is signed in. */
export function callerOf(c: Context<ApiEnv>): Caller {
  const { caller } = c.var;
  if (caller) return caller;
  throw new RequestError(
    "unauthorized",
    "caller.unknown",
    "This needs a signed-in user or an API token.",
    {},
    { whatToDo: "Sign in, or send a token as `Authorization: Bearer …`." },
  );
}

/** The caller as audit lines name it. */
export function actorOf(c: Context<ApiEnv>): Actor {
  return { kind: "operator", id: callerOf(c).userId };
}

/** The labels to which every query of this caller is limited. */
export function scopeOf(c: Context<ApiEnv>): LabelScope {
  return callerOf(c).labels;
}

function checkRole(caller: Caller, access: Role | "signed-in"): void {
  if (access === "signed-in" || isAtLeast(caller.role, access)) return;
  throw new RequestError(
    "forbidden",
    "caller.role",
    `This needs the role ${access}; you are ${caller.role}.`,
    { role: caller.role, access },
    { whatToDo: "Ask an owner to do it or to change your role." },
  );
}

/** The cookie that carries a browser's session. */
export const sessionCookie = "hub_session";

export function sessionOf(c: Context): string | undefined {
  return getCookie(c, sessionCookie);
}

/**
 * Who sent this request: by an API token, else by a session's cookie, else nobody. A request that
 * changes something by cookie must come from our own pages: throws `request.cross_site` (403).
 */
export async function findCaller(deps: Deps<"api">, c: Context<ApiEnv>): Promise<Caller | null> {
  const given = c.req.header("authorization");
  if (given !== undefined) return callerByToken(deps, given.replace(/^Bearer /i, ""));
  const secret = sessionOf(c);
  if (secret === undefined) return null;
  const user = await userOfSession(deps, secret);
  if (!user) return null;
  if (!isRead(c.req.method)) refuseCrossSite(c);
  const { _id: userId, name, role, labels } = user;
  return { userId, name, role, labels, via: "session" };
}

async function callerByToken(deps: Deps<"api">, secret: string): Promise<Caller | null> {
  if (isSame(secret, deps.settings.api.API_TOKEN)) {
    return { userId: "api-token", name: "api-token", role: "owner", labels: null, via: "token" };
  }
  const found = await userOfToken(deps, secret);
  if (!found) return null;
  const { _id: userId, name, labels } = found.user;
  return { userId, name, role: found.role, labels, via: "token" };
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** Another site's page can make a browser send our cookie, but neither this header nor our origin. */
function refuseCrossSite(c: Context): void {
  const site = c.req.header("sec-fetch-site") ?? "same-origin";
  if (c.req.header("x-hub-csrf") === "1" && site === "same-origin") return;
  throw new RequestError(
    "forbidden",
    "request.cross_site",
    "This request did not come from the hub's own pages.",
    {},
    { whatToDo: "Send the header x-hub-csrf: 1 from the hub's own pages, or use an API token." },
  );
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
