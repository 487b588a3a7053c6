import { z } from "@hono/zod-openapi";

/** What a program and a person read when a request was not served. */
export const ErrorView = z
  .object({
    error: z.object({
      /** `noun.reason`; stays as it is, for programs. */
      code: z.string(),
      /** What happened and what it means. */
      message: z.string(),
      whatToDo: z.string(),
      requestId: z.string(),
    }),
  })
  .openapi("Error");
