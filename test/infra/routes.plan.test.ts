import { expect, test } from "vitest";
import { z } from "zod";
import { plans } from "./planned.ts";

const Route = z.object({ entry: z.string() });
const Target = z.object({
  entries: z.object({
    metadata: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.object({ host: z.string() })),
  }),
});

function plannedAs(kind: string): Record<string, unknown>[] {
  const { resources } = plans.production;
  return resources.filter(({ name }) => name.endsWith(kind)).map(({ inputs }) => inputs);
}

test("the public address leads to the api Lambda: the API, and the pages behind rescan links", () => {
  const routes = plannedAs(".KvRoutesUpdate").map((inputs) => Route.parse(inputs).entry);
  expect(routes.map((entry) => entry.split(",").at(-1))).toEqual(["/api", "/rescan"]);
  const targets = plannedAs(".KvKeys").map((inputs) => Target.parse(inputs).entries.metadata.host);
  expect(targets).toEqual(["apiurl.lambda-url.us-east-1.on.aws", targets[0]]);
});
