import { createRoute, OpenAPIHono, z, type RouteConfig } from "@hono/zod-openapi";
import { RequestError } from "#core/shared/errors.ts";
import { requireAccess, type Access, type ApiEnv } from "./caller.ts";
import { ErrorView } from "./error-view.ts";

const problem = (description: string) => ({
  description,
  content: { "application/json": { schema: ErrorView } },
});

const problems = {
  400: problem("The request is not as described; nothing was changed."),
  401: problem("Nobody is signed in, or the token is wrong."),
  403: problem("The caller's role does not allow it; nothing was changed."),
  404: problem("There is no such thing, or it is not among what the caller may see."),
  409: problem("Its state does not allow this; nothing was changed."),
  413: problem("The body is too large."),
  429: problem("Too many attempts; wait and try again."),
  500: problem("A fault of the hub."),
  502: problem("WeChat or Hermes refused or did not answer."),
};

/** One declared route: who may call it, schema-checked in and out, with the one error shape. */
export function route<
  const Method extends "get" | "post" | "put" | "delete",
  const Path extends string,
  Request extends NonNullable<RouteConfig["request"]>,
  Answer extends z.ZodType,
>(wanted: {
  method: Method;
  path: Path;
  summary: string;
  access: Access;
  request: Request;
  answer: Answer;
}) {
  return createRoute({
    method: wanted.method,
    path: wanted.path,
    summary: wanted.summary,
    request: wanted.request,
    ...guard(wanted.access),
    responses: {
      200: {
        description: "Done.",
        content: { "application/json": { schema: wanted.answer } },
      },
      ...problems,
    },
  });
}

/** One declared route that answers with a file of lines. */
export function fileRoute<
  const Path extends string,
  Request extends NonNullable<RouteConfig["request"]>,
>(wanted: { path: Path; summary: string; access: Access; request: Request }) {
  const schema = z.string();
  return createRoute({
    method: "get",
    path: wanted.path,
    summary: wanted.summary,
    request: wanted.request,
    ...guard(wanted.access),
    responses: {
      200: {
        description: "The file.",
        content: { "text/plain": { schema }, "text/csv": { schema } },
      },
      ...problems,
    },
  });
}

function guard(access: Access) {
  const signedIn: Record<string, string[]>[] = [{ session: [] }, { token: [] }];
  return {
    "x-access": access,
    security: access === "public" ? [] : signedIn,
    middleware: requireAccess(access),
  };
}

/** An empty group of routes; what does not fit its schema is refused before a handler sees it. */
export function newRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const complaints = result.error.issues.map(
        ({ path, message }) => `${path.join(".")}: ${message}`,
      );
      throw new RequestError(
        "invalid",
        "request.invalid",
        `The request is not as described, nothing was changed. ${complaints.join("; ")}`,
      );
    },
  });
}

export const IdParam = z.object({ id: z.string().min(1).max(64) });

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { body: { required: true, content: { "application/json": { schema } } } };
}
