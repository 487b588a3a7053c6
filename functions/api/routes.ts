import { createRoute, z, type RouteConfig } from "@hono/zod-openapi";
import { ErrorView } from "./views.ts";

const problem = (description: string) => ({
  description,
  content: { "application/json": { schema: ErrorView } },
});

const problems = {
  400: problem("The request is not as described; nothing was changed."),
  401: problem("No or a wrong token."),
  404: problem("There is no such thing."),
  409: problem("Its state does not allow this; nothing was changed."),
  500: problem("A fault of the hub."),
  502: problem("WeChat refused or did not answer."),
};

/** One declared route: schema-checked in and out, with the one error shape. */
export function route<
  const Path extends string,
  Request extends NonNullable<RouteConfig["request"]>,
  Answer extends z.ZodType,
>(wanted: {
  method: "get" | "post" | "put";
  path: Path;
  summary: string;
  request: Request;
  answer: Answer;
}) {
  return createRoute({
    method: wanted.method,
    path: wanted.path,
    summary: wanted.summary,
    request: wanted.request,
    responses: {
      200: {
        description: "Done.",
        content: { "application/json": { schema: wanted.answer } },
      },
      ...problems,
    },
  });
}

export const IdParam = z.object({ id: z.string().min(1).max(64) });

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { body: { required: true, content: { "application/json": { schema } } } };
}
