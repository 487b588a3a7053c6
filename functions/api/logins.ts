import { z } from "@hono/zod-openapi";
import { loginStore } from "#core/logins/login.store.ts";
import { startLogin, writeVerifyCode } from "#core/logins/start-login.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { LoginView } from "./views.ts";

const mostListed = 50;

/** Without the QR code, which whoever only looks must not scan. */
const PastLoginView = LoginView.omit({ qrContent: true }).openapi("PastLogin");

/** QR logins: start, watch, and type the code that a phone asks for. */
export function loginRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "post",
        path: "/api/accounts/{id}/logins",
        summary: "Start a QR login, or give the one that is open",
        access: "operator",
        request: { params: IdParam },
        answer: LoginView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        const login = await startLogin(deps, actorOf(c), id);
        return c.json(LoginView.parse(login), 200);
      },
    )

    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/logins",
        summary: "List a bot's logins of the last day, the newest first",
        access: "viewer",
        request: { params: IdParam },
        answer: z.object({ items: z.array(PastLoginView) }),
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        const logins = await loginStore(deps.db).listOf(id, mostListed);
        return c.json({ items: logins.map((login) => PastLoginView.parse(login)) }, 200);
      },
    )

    .openapi(
      route({
        method: "get",
        path: "/api/logins/{id}",
        summary: "Read a login's QR code and state",
        access: "operator",
        request: { params: IdParam },
        answer: LoginView,
      }),
      async (c) => {
        const login = await loginStore(deps.db).get(c.req.valid("param").id);
        await requireInScope(deps.db, scopeOf(c), login.accountId);
        return c.json(LoginView.parse(login), 200);
      },
    )

    .openapi(
      route({
        method: "post",
        path: "/api/logins/{id}/verify-code",
        summary: "Type the digits that the phone shows",
        access: "operator",
        request: {
          params: IdParam,
          ...jsonBody(z.object({ code: z.string().regex(/^\d{4,8}$/) })),
        },
        answer: LoginView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const { accountId } = await loginStore(deps.db).get(id);
        await requireInScope(deps.db, scopeOf(c), accountId);
        await writeVerifyCode(deps, actorOf(c), id, c.req.valid("json").code);
        return c.json(LoginView.parse(await loginStore(deps.db).get(id)), 200);
      },
    );
}
