import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

const Call = z.object({ method: z.string(), params: z.array(z.unknown()) });
const Build = z.object({
  functionID: z.string(),
  handler: z.string(),
  links: z.record(z.string(), z.unknown()),
});

/** What SST would build: from which handler, and the names of what is linked to it. */
export const BuiltFunction = z.object({ handler: z.string(), links: z.array(z.string()) });

/**
 * Stands in for the SST CLI, which the components call while they are evaluated. It builds nothing:
 * each function gets the same folder as its code. What is linked to a function only shows here.
 */
export async function startRpc(codeFolder: string) {
  const built: Record<string, z.infer<typeof BuiltFunction>> = {};
  const resultOf = ({ method, params }: z.infer<typeof Call>): unknown => {
    if (method !== "Runtime.Build") return {};
    const { functionID, handler, links } = Build.parse(params[0]);
    built[functionID] = { handler, links: Object.keys(links).toSorted() };
    return { handler: "bundle.handler", out: codeFolder, errors: [], sourcemaps: [] };
  };
  const server = createServer((request, response) => {
    const answer = json(request).then((call) => ({ result: resultOf(Call.parse(call)) }));
    void answer
      .catch((error: Error) => ({ error: `scripts/plan/rpc.ts: ${error.message}` }))
      .then((said) => response.end(JSON.stringify(said)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    built,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
