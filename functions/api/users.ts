import { z } from "@hono/zod-openapi";
import type { Actor } from "#core/audit/audit-line.ts";
import * as manage from "#core/users/manage-users.ts";
import {
  handOutLink,
  inviteUser,
  linkUrl,
  type HandedOutLink,
} from "#core/users/password-links.ts";
import { NewPassword, Role, User, UserName } from "#core/users/user.ts";
import { userStore } from "#core/users/user.store.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf } from "./caller.ts";
import { createdUnder } from "./idempotency-key.ts";
import { listOf } from "./pages.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { TokenView } from "./tokens.ts";
import { changedPage, LiveQuery, nextOf } from "./work-pages.ts";

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
    /** Shown only this once. */
    secret: z.string(),
    /** Where the person opens it; null when the hub does not know its own address. */
    url: z.string().nullable(),
    expiresAt: z.date(),
  })
  .openapi("PasswordLink");

const Labels = z.array(z.string().trim().min(1).max(40)).max(50).nullable();
const NewUser = z.object({ name: UserName, role: Role, labels: Labels.default(null) });

const UserChange = z.object({
  role: Role.optional(),
  labels: Labels.optional(),
  disabled: z.boolean().optional(),
});

/** Users: invite, limit, let in and shut out. */
export function userRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/users",
        summary: "List users, by age",
        access: "owner",
        request: {
          query: LiveQuery.extend({
            /** The beginning of a name, of a word in it or of a label. */
            q: z.string().max(100).optional(),
            sort: z.enum(["oldest", "newest"]).default("oldest"),
          }),
        },
        answer: listOf(UserView),
      }),
      async (c) => {
        const { cursor, limit, q, sort, since } = c.req.valid("query");
        const asOf = deps.clock.now();
        if (since !== undefined) {
          const page = { q, ...changedPage({ since, cursor, limit }) };
          const { items, next } = await userStore(deps.db).listChanged(page);
          return c.json({ items: items.map(viewOf), nextCursor: nextOf(next), asOf }, 200);
        }
        const users = await userStore(deps.db).list({ after: cursor, limit, q, sort });
        const nextCursor = users.length === limit ? (users.at(-1)?._id ?? null) : null;
        return c.json({ items: users.map(viewOf), nextCursor, asOf }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/users",
        summary:
          "Make a user with a password of your choice; a repeat under an Idempotency-Key is the same",
        access: "owner",
        request: jsonBody(NewUser.extend({ password: NewPassword })),
        answer: UserView,
      }),
      async (c) => {
        const wanted = { ...c.req.valid("json"), createdUnder: createdUnder(c) };
        return c.json(viewOf(await manage.createUser(deps, actorOf(c), wanted)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/invites",
        summary:
          "Invite somebody; the link works once, for three days; a repeat under an Idempotency-Key gives the same user a new one",
        access: "owner",
        request: jsonBody(NewUser),
        answer: LinkView,
      }),
      async (c) => {
        const made = await inviteUser(deps, actorOf(c), {
          ...c.req.valid("json"),
          createdUnder: createdUnder(c),
        });
        return c.json(linkViewOf(deps, made), 200);
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
        summary: "Change a user's role or labels, shut them out or let them in; the rest stays",
        access: "owner",
        request: { params: IdParam, ...jsonBody(UserChange) },
        answer: UserView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const changed = await change(deps, actorOf(c), id, c.req.valid("json"));
        return c.json(viewOf(changed), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/users/{id}/end-sessions",
        summary: "Sign a user out everywhere",
        access: "owner",
        request: { params: IdParam },
        answer: UserView,
      }),
      async (c) =>
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
        const made = await handOutLink(deps, actorOf(c), c.req.valid("param").id);
        return c.json(linkViewOf(deps, made), 200);
      },
    );
}

async function change(
  deps: ApiDeps,
  actor: Actor,
  id: string,
  { disabled, role, labels }: z.infer<typeof UserChange>,
): Promise<User> {
  if (disabled === true) await manage.disableUser(deps, actor, id);
  const rights = {
    ...(role === undefined ? {} : { role }),
    ...(labels === undefined ? {} : { labels }),
  };
  const changed = await manage.changeRights(deps, actor, id, rights);
  return disabled === false ? manage.enableUser(deps, actor, id) : changed;
}

function linkViewOf(deps: ApiDeps, { user, secret, expiresAt }: HandedOutLink) {
  const { PUBLIC_URL } = deps.settings.links;
  const url = PUBLIC_URL === undefined ? null : linkUrl(PUBLIC_URL, secret);
  return { user: viewOf(user), secret, url, expiresAt };
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
