import { serve } from "@hono/node-server";
import { once } from "node:events";
import { createApp, type ApiDeps } from "#functions/api/app.ts";
import { watchLogin } from "#core/logins/watch-login.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { SmallHubDeps } from "./small-hub.ts";

export type ServedApi = {
  /** Its address, which PUBLIC_URL of `deps` names too. */
  url: string;
  deps: SmallHubDeps;
  /** Accounts whose schedule is on. */
  scheduled: Set<string>;
  stop(): Promise<void>;
};

/** The api on a free port; a login that it starts is watched in this process, as the poll Lambda does. */
export async function serveApi(given: SmallHubDeps): Promise<ServedApi> {
  const watching = new Set<Promise<void>>();
  const scheduled = new Set<string>();
  let answer = async (_request: Request): Promise<Response> => new Response(null, { status: 503 });
  const server = serve({ fetch: (request) => answer(request), port: 0, hostname: "127.0.0.1" });
  if (!server.listening) await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The api has no port.");
  const url = `http://127.0.0.1:${address.port}`;
  const links = { ...given.settings.links, PUBLIC_URL: url };
  const deps: SmallHubDeps = { ...given, settings: { ...given.settings, links } };
  const apiDeps: ApiDeps = {
    ...deps,
    schedules: {
      async put(accountId) {
        scheduled.add(accountId);
      },
      async remove(accountId) {
        scheduled.delete(accountId);
      },
    },
    pollStarter: {
      async watchLogin(loginId) {
        const watch = watchLogin(deps, loginId, plusSeconds(deps.clock.now(), 360));
        watching.add(watch);
        void watch.finally(() => watching.delete(watch));
      },
    },
  };
  const app = createApp(apiDeps);
  answer = async (request) => app.fetch(request);
  return {
    url,
    deps,
    scheduled,
    async stop() {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      // Whoever still watches a login sees that its invocation is over.
      deps.clock.moveOn(400_000);
      await Promise.allSettled(watching);
    },
  };
}
