import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RequestError } from "#core/shared/errors.ts";
import { changeOwnPassword, chooseLocale } from "#core/users/change-own.ts";
import { Locale, NewPassword, Role } from "#core/users/user.ts";
import { userStore } from "#core/users/user.store.ts";
import type { ApiDeps } from "./app.ts";
import { callerOf, sessionOf, type ApiEnv } from "./caller.ts";
import { jsonBody, newRoutes, route } from "./routes.ts";
import { callerIsNoUser } from "./tokens.ts";

export const Me = z
  .object({
    userId: z.string(),
    name: z.string(),
    role: Role,
    labels: z.array(z.string()).nullable(),
    /** null: as the browser says. */
    locale: Locale.nullable(),
    via: z.enum(["session", "token"]),
  })
  .openapi("Me");

const MyChange = z.object({
  locale: Locale.nullable().optional(),
  password: z.object({ current: z.string().min(1).max(200), next: NewPassword }).optional(),
});

/** What is one's own: who one is, language and password. */
export function meRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/me",
        summary: "Read who is signed in, and what they may do",
        access: "signed-in",
        request: {},
        answer: Me,
      }),
      async (c) => c.json(await readMe(deps, c), 200),
    )
    .openapi(
      route({
        method: "put",
        path: "/api/me",
        summary: "Change your password or language; a new password signs out your other browsers",
        access: "signed-in",
        request: jsonBody(MyChange),
        answer: Me,
      }),
      async (c) => {
        const { password, locale } = c.req.valid("json");
        const { userId } = callerOf(c);
        if (!(await userStore(deps.db).find({ _id: userId }))) throw callerIsNoUser();
        if (password) {
          await changeOwnPassword(deps, { userId, session: requireSession(c), ...password });
        }
        if (locale !== undefined) await chooseLocale(deps, userId, locale);
        return c.json(await readMe(deps, c), 200);
      },
    );
}

async function readMe(deps: ApiDeps, c: Context<ApiEnv>): Promise<z.infer<typeof Me>> {
  const { userId, name, role, labels, via } = callerOf(c);
  const user = await userStore(deps.db).find({ _id: userId });
  const locale = user?.locale ?? null;
  return { userId, name, role, labels: labels && [...labels], locale, via };
}

/** A stolen token must not be turned into a password. */
function requireSession(c: Context<ApiEnv>): string {
  const session = sessionOf(c);
  if (callerOf(c).via === "session" && session !== undefined) return session;
  throw new RequestError(
    "forbidden",
    "me.browser_only",
    "A password is changed by a person who signed in, not by a program's token.",
  );
}
