import { z } from "zod";
import { createUser } from "#core/users/manage-users.ts";
import { createToken } from "#core/users/tokens.ts";
import type { Role } from "#core/users/user.ts";
import { createApp, type ApiDeps } from "#functions/api/app.ts";
import { operator } from "./records.ts";
import type { TestDeps } from "./test-deps.ts";

const Listed = z.object({
  items: z.array(z.looseObject({ _id: z.string().optional() })),
  nextCursor: z.string().nullable().optional(),
});

/** The api in this process, called as the owner unless told otherwise. */
export function apiClient(deps: TestDeps, parts: Partial<ApiDeps> = {}) {
  const app = createApp({
    ...deps,
    schedules: { put: async () => {}, remove: async () => {} },
    pollStarter: { watchLogin: async () => {} },
    ...parts,
  });

  async function call(method: string, path: string, body?: unknown, headers = ownerOf(deps)) {
    const response = await app.request(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer: z.looseObject({}).parse(answer) };
  }

  return {
    app,
    call,
    async list(path: string, headers = ownerOf(deps)) {
      const { answer } = await call("GET", path, undefined, headers);
      return Listed.parse(answer);
    },
    /** The headers of a new user with this role and these labels. */
    async as(role: Role, labels: string[] | null): Promise<Record<string, string>> {
      const user = await createUser(deps, operator, {
        name: `${role} ${deps.newId("user")}`,
        role,
        labels,
        password: "a long password",
      });
      const wanted = { name: "test", role, expiresAt: null };
      const { secret } = await createToken(deps, operator, user, wanted);
      return { authorization: `Bearer ${secret}` };
    },
  };
}

function ownerOf(deps: TestDeps): Record<string, string> {
  return { authorization: `Bearer ${deps.settings.api.API_TOKEN}` };
}
