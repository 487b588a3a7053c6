import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

const Call = z.object({ method: z.string(), params: z.array(z.unknown()) });
const Build = z.object({ functionID: z.string(), links: z.record(z.string(), z.unknown()) });

/**
 * Stands in for the SST CLI, which the components call while they are evaluated. It builds nothing:
 * each function gets the same folder as its code. What is linked to a function only shows here.
 */
export async function startRpc(codeFolder: string) {
  const links: Record<string, string[]> = {};
  const resultOf = ({ method, params }: z.infer<typeof Call>): unknown => {
    if (method !== "Runtime.Build") return {};
    const build = Build.parse(params[0]);
    links[build.functionID] = Object.keys(build.links).toSorted();
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
    links: () => links,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
