import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { loginStore } from "#core/logins/login.store.ts";
import { startLogin, writeVerifyCode } from "#core/logins/start-login.ts";
import type { ApiDeps } from "./app.ts";
import { IdParam, jsonBody, route } from "./routes.ts";
import { LoginView } from "./views.ts";

export function addLoginRoutes(app: OpenAPIHono, deps: ApiDeps): void {
  app.openapi(
    route({
      method: "post",
      path: "/api/accounts/{id}/logins",
      summary: "Start a QR login, or give the one that is open",
      request: { params: IdParam },
      answer: LoginView,
    }),
    async (c) => {
      const login = await startLogin(deps, c.req.valid("param").id);
      return c.json(LoginView.parse(login), 200);
    },
  );

  app.openapi(
    route({
      method: "get",
      path: "/api/logins/{id}",
      summary: "Read a login's QR code and state",
      request: { params: IdParam },
      answer: LoginView,
    }),
    async (c) => {
      const login = await loginStore(deps.db).get(c.req.valid("param").id);
      return c.json(LoginView.parse(login), 200);
    },
  );

  app.openapi(
    route({
      method: "post",
      path: "/api/logins/{id}/verify-code",
      summary: "Type the digits that the phone shows",
      request: { params: IdParam, ...jsonBody(z.object({ code: z.string().regex(/^\d{4,8}$/) })) },
      answer: LoginView,
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      await writeVerifyCode(deps, id, c.req.valid("json").code);
      return c.json(LoginView.parse(await loginStore(deps.db).get(id)), 200);
    },
  );
}
