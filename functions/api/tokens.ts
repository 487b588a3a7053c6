import { z } from "@hono/zod-openapi";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";
import { bearsName } from "#core/shared/search-keys.ts";
import { createToken, revokeToken } from "#core/users/tokens.ts";
import { ApiToken, Role } from "#core/users/user.ts";
import { userStore } from "#core/users/user.store.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, callerOf } from "./caller.ts";
import { createdUnder } from "./idempotency-key.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";

const daySeconds = 86_400;

export const TokenView = ApiToken.omit({ hash: true, createdUnder: true }).openapi("ApiToken");

const NewToken = z.object({
  name: z.string().trim().min(1).max(60),
  role: Role,
  /** null: until it is revoked. */
  expiresInDays: z.number().int().min(1).max(3650).nullable().default(90),
});

/** Tokens by which a user's programs act for them. */
export function tokenRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/tokens",
        summary: "List your tokens, of which there are a few",
        access: "signed-in",
        request: {
          query: z.object({
            /** The beginning of a name or of a word in it. */
            q: z.string().max(100).optional(),
          }),
        },
        answer: z.object({ items: z.array(TokenView) }),
      }),
      async (c) => {
        const { q } = c.req.valid("query");
        const user = await userStore(deps.db).find({ _id: callerOf(c).userId });
        const all = user?.tokens ?? [];
        const tokens = q === undefined ? all : all.filter(({ name }) => bearsName([name], q));
        return c.json({ items: tokens.map((token) => TokenView.parse(token)) }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/tokens",
        summary: "Make a token for a program of yours; it is shown only this once",
        access: "signed-in",
        request: jsonBody(NewToken),
        answer: z.object({ token: TokenView, secret: z.string() }),
      }),
      async (c) => {
        const { name, role, expiresInDays } = c.req.valid("json");
        const { userId, role: callersRole } = callerOf(c);
        const user = await userStore(deps.db).find({ _id: userId });
        if (!user) throw callerIsNoUser();
        const expiresAt =
          expiresInDays === null ? null : plusSeconds(deps.clock.now(), expiresInDays * daySeconds);
        // A program cannot make itself a token that may do more than its own.
        const holder = { ...user, role: callersRole };
        const made = await createToken(deps, actorOf(c), holder, {
          name,
          role,
          expiresAt,
          createdUnder: createdUnder(c),
        });
        return c.json({ token: TokenView.parse(made.token), secret: made.secret }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/tokens/{id}/revoke",
        summary: "End a token of yours at once; an owner may end anybody's",
        access: "signed-in",
        request: { params: IdParam },
        answer: TokenView,
      }),
      async (c) => {
        const caller = callerOf(c);
        const userId = caller.role === "owner" ? null : caller.userId;
        const tokenId = c.req.valid("param").id;
        const revoked = await revokeToken(deps, actorOf(c), { userId, tokenId });
        return c.json(TokenView.parse(revoked), 200);
      },
    );
}

/** The setting API_TOKEN acts for nobody: it has no password, no language and no tokens of its own. */
export function callerIsNoUser(): RequestError {
  return new RequestError(
    "conflict",
    "caller.no_user",
    "The token of the setting API_TOKEN belongs to no user.",
    {},
    { whatToDo: "Sign in as a user, or use a token that a user made." },
  );
}
