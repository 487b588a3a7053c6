import { z } from "@hono/zod-openapi";
import * as manage from "#core/users/manage-users.ts";
import { createToken, revokeToken } from "#core/users/tokens.ts";
import { Role, User, UserName } from "#core/users/user.ts";
import { userStore } from "#core/users/user.store.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, callerOf } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";

const TokenView = z
  .object({
    _id: z.string(),
    name: z.string(),
    role: Role,
    createdAt: z.date(),
    expiresAt: z.date().nullable(),
  })
  .openapi("ApiToken");

const UserView = User.pick({
  _id: true,
  name: true,
  role: true,
  labels: true,
  disabledAt: true,
  createdAt: true,
  version: true,
})
  .extend({
    state: z.enum(["invited", "active", "disabled"]),
    sessions: z.number().int(),
    lastSeenAt: z.date().nullable(),
    tokens: z.array(TokenView),
  })
  .openapi("User");

const LinkView = z
  .object({
    user: UserView,
    /** Belongs after `#` in the console's address; shown only this once. */
    secret: z.string(),
    expiresAt: z.date(),
  })
  .openapi("PasswordLink");

const Rights = z.object({
  role: Role,
  labels: z.array(z.string().trim().min(1).max(40)).max(50).nullable(),
});

/** Users and the tokens of their programs. */
export function userRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/users",
        summary: "List users, the first made first",
        access: "owner",
        request: {
          query: z.object({
            cursor: z.string().max(64).optional(),
            limit: z.coerce.number().int().min(1).max(200).default(50),
          }),
        },
        answer: z.object({ items: z.array(UserView), nextCursor: z.string().nullable() }),
      }),
      async (c) => {
        const { cursor, limit } = c.req.valid("query");
        const users = await userStore(deps.db).list({ after: cursor ?? "", limit });
        const nextCursor = users.length === limit ? (users.at(-1)?._id ?? null) : null;
        return c.json({ items: users.map(viewOf), nextCursor }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/invites",
        summary: "Invite somebody; the link works once, for three days",
        access: "owner",
        request: jsonBody(Rights.extend({ name: UserName })),
        answer: LinkView,
      }),
      async (c) => {
        const made = await manage.inviteUser(deps, actorOf(c), c.req.valid("json"));
        return c.json({ ...made, user: viewOf(made.user) }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/users/{id}",
        summary: "Read a user",
        access: "owner",
        request: { params: IdParam },
        answer: UserView,
      }),
      async (c) => c.json(viewOf(await userStore(deps.db).get(c.req.valid("param").id)), 200),
    )
    .openapi(
      route({
        method: "put",
        path: "/api/users/{id}",
        summary: "Give a user another role or other labels",
        access: "owner",
        request: { params: IdParam, ...jsonBody(Rights) },
        answer: UserView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const rights = c.req.valid("json");
        return c.json(viewOf(await manage.changeRights(deps, actorOf(c), id, rights)), 200);
      },
    )
    .openapi(verbRoute("/api/users/{id}/disable", "End all that lets a user in"), async (c) =>
      c.json(viewOf(await manage.disableUser(deps, actorOf(c), c.req.valid("param").id)), 200),
    )
    .openapi(verbRoute("/api/users/{id}/enable", "Let a disabled user in again"), async (c) =>
      c.json(viewOf(await manage.enableUser(deps, actorOf(c), c.req.valid("param").id)), 200),
    )
    .openapi(verbRoute("/api/users/{id}/end-sessions", "Sign a user out everywhere"), async (c) =>
      c.json(viewOf(await manage.endSessions(deps, actorOf(c), c.req.valid("param").id)), 200),
    )
    .openapi(
      route({
        method: "post",
        path: "/api/users/{id}/reset-link",
        summary: "Make a link by which a user sets a new password",
        access: "owner",
        request: { params: IdParam },
        answer: LinkView,
      }),
      async (c) => {
        const made = await manage.handOutResetLink(deps, actorOf(c), c.req.valid("param").id);
        return c.json({ ...made, user: viewOf(made.user) }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/tokens",
        summary: "Make a token for a program of yours; it is shown only this once",
        access: "signed-in",
        request: jsonBody(
          z.object({
            name: z.string().trim().min(1).max(60),
            role: Role,
            expiresInDays: z.number().int().min(1).max(3650).nullable().default(90),
          }),
        ),
        answer: z.object({ token: TokenView, secret: z.string() }),
      }),
      async (c) => {
        const { name, role, expiresInDays } = c.req.valid("json");
        const user = await userStore(deps.db).get(callerOf(c).userId);
        const now = deps.clock.now().getTime();
        const expiresAt =
          expiresInDays === null ? null : new Date(now + expiresInDays * 86_400_000);
        const made = await createToken(deps, actorOf(c), user, { name, role, expiresAt });
        return c.json({ token: TokenView.parse(made.token), secret: made.secret }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/tokens",
        summary: "List your tokens",
        access: "signed-in",
        request: {},
        answer: z.object({ items: z.array(TokenView) }),
      }),
      async (c) => {
        const { tokens } = await userStore(deps.db).get(callerOf(c).userId);
        return c.json({ items: tokens.map((token) => TokenView.parse(token)) }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/tokens/{id}/revoke",
        summary: "End a token of yours at once",
        access: "signed-in",
        request: { params: IdParam },
        answer: z.object({ done: z.literal(true) }),
      }),
      async (c) => {
        const given = { userId: callerOf(c).userId, tokenId: c.req.valid("param").id };
        await revokeToken(deps, actorOf(c), given);
        return c.json({ done: true } as const, 200);
      },
    );
}

function verbRoute<const Path extends string>(path: Path, summary: string) {
  const request = { params: IdParam };
  return route({ method: "post", path, summary, access: "owner", request, answer: UserView });
}

/** Without any secret, and without hashes of any. */
function viewOf(user: User): z.infer<typeof UserView> {
  const seen = user.sessions.map(({ seenAt }) => seenAt.getTime());
  const state = user.password === null ? "invited" : "active";
  return UserView.parse({
    ...user,
    state: user.disabledAt === null ? state : "disabled",
    sessions: user.sessions.length,
    lastSeenAt: seen.length > 0 ? new Date(Math.max(...seen)) : null,
  });
}
