import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { acceptLink, lookAtLink } from "#core/users/password-links.ts";
import { signIn, signOut } from "#core/users/sign-in.ts";
import { NewPassword, Role, UserName } from "#core/users/user.ts";
import { addressesOf } from "./addresses.ts";
import type { ApiDeps } from "./app.ts";
import { callerOf, sessionCookie, sessionOf } from "./caller.ts";
import { Me } from "./me.ts";
import { jsonBody, newRoutes, route } from "./routes.ts";

const Done = z.object({ done: z.literal(true) });
const done = { done: true } as const;

/** Also of a link that was copied in part: that it is over says more than its length. */
const SecretBody = z.object({ secret: z.string().min(1).max(100) });

/** Signing in and out, and links that set a password. */
export function signInRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "post",
        path: "/api/sign-in",
        summary: "Sign in with name and password; the answer sets the session's cookie",
        access: "public",
        request: jsonBody(
          z.object({ name: z.string().min(1).max(60), password: z.string().min(1).max(200) }),
        ),
        answer: Me,
      }),
      async (c) => {
        const { viewer: address, peer } = addressesOf(c);
        const given = { ...c.req.valid("json"), address, peer };
        const { user, secret, expiresInSeconds } = await signIn(deps, given);
        setCookie(c, sessionCookie, secret, {
          path: "/api",
          httpOnly: true,
          sameSite: "Strict",
          secure: isHttps(c),
          maxAge: expiresInSeconds,
        });
        const { _id: userId, name, role, labels, locale } = user;
        return c.json({ userId, name, role, labels, locale, via: "session" as const }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/sign-out",
        summary: "End this browser's session",
        access: "signed-in",
        request: {},
        answer: Done,
      }),
      async (c) => {
        const secret = sessionOf(c);
        if (secret !== undefined) await signOut(deps, callerOf(c).userId, secret);
        deleteCookie(c, sessionCookie, { path: "/api" });
        return c.json(done, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/invites/look",
        summary: "Read what a link from an owner is for",
        access: "public",
        request: jsonBody(SecretBody),
        answer: z.object({ kind: z.enum(["invite", "reset"]), name: z.string(), role: Role }),
      }),
      async (c) => {
        const { user, link } = await lookAtLink(deps, c.req.valid("json").secret);
        return c.json({ kind: link.kind, name: user.name, role: user.role }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/invites/accept",
        summary: "Set a password by a link from an owner, which is then spent",
        access: "public",
        request: jsonBody(
          SecretBody.extend({ name: UserName.nullable().default(null), password: NewPassword }),
        ),
        answer: z.object({ name: z.string() }),
      }),
      async (c) => {
        const { name } = await acceptLink(deps, c.req.valid("json"));
        return c.json({ name }, 200);
      },
    );
}

function isHttps(c: Context): boolean {
  return c.req.header("x-forwarded-proto") === "https" || c.req.url.startsWith("https:");
}
