import type { Context, MiddlewareHandler } from "hono";
import type { LabelScope } from "#core/accounts/scope.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { RequestError } from "#core/shared/errors.ts";

/** What a user may do; each role may do what those before it may. */
export const roles = ["viewer", "reviewer", "operator", "owner"] as const;
export type Role = (typeof roles)[number];

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
  if (access === "signed-in" || roles.indexOf(caller.role) >= roles.indexOf(access)) return;
  throw new RequestError(
    "forbidden",
    "caller.role",
    `This needs the role ${access}; you are ${caller.role}.`,
    { role: caller.role, access },
    { whatToDo: "Ask an owner to do it or to change your role." },
  );
}
