import { readFile } from "node:fs/promises";

import { getRequestListener } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { z } from "zod";

import { configPatchSchema } from "./config.ts";
import { Listener } from "./listener.ts";
import type { HermesSim } from "./sim.ts";
import { tunnelBehaviourSchema } from "./tunnel-behaviour.ts";
import { turnSchema } from "./turns.ts";

const SHOWN_CALLS = 200;

const times = z.number().int().min(1).optional();
const offBody = z.strictObject({ forget: z.boolean().optional() });
const drainBody = z.strictObject({ draining: z.boolean().default(true) });
const scriptBody = z.strictObject({
  turn: turnSchema,
  match: z
    .strictObject({
      sessionId: z.string().min(1).optional(),
      textIncludes: z.string().min(1).optional(),
      times,
    })
    .default({}),
});
const tunnelBody = z.strictObject({
  behaviour: tunnelBehaviourSchema,
  /** Given: only for the next matching request(s), else from now on. */
  next: z
    .strictObject({
      method: z.string().optional(),
      pathIncludes: z.string().optional(),
      times,
    })
    .optional(),
});

/** The control port: JSON under `/_sim/…` and the status page at `/`; works while the API is off. */
export function createControlListener(sim: HermesSim): Listener {
  const serve = getRequestListener(createControlApp(sim).fetch);
  return new Listener((incoming, outgoing) => void serve(incoming, outgoing));
}

function createControlApp(sim: HermesSim): Hono {
  const app = new Hono();
  app.get("/", async (context) =>
    context.html(await readFile(new URL("./status-page.html", import.meta.url), "utf8")),
  );
  app.get("/_sim/state", (context) => context.json(stateOf(sim)));
  app.get("/_sim/sessions/:sessionId", (context) => {
    const { sessionId } = context.req.param();
    return context.json(sim.transcript(sessionId, context.req.query("profile") ?? null));
  });
  const change = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    apply: (body: z.output<Schema>) => void | Promise<void>,
  ): void => {
    app.post(path, async (context) => {
      const parsed = schema.safeParse(await bodyOf(context));
      if (!parsed.success) return context.json({ error: z.prettifyError(parsed.error) }, 400);
      await apply(parsed.data);
      return context.json(stateOf(sim));
    });
  };
  change("/_sim/config", configPatchSchema, (patch) => sim.configure(patch));
  change("/_sim/turns", scriptBody, ({ turn, match }) => sim.scriptNext(turn, match));
  change("/_sim/off", offBody, ({ forget = false }) => sim.off({ forget }));
  change("/_sim/on", z.strictObject({}), () => sim.on());
  change("/_sim/restart", z.strictObject({}), () => sim.restart());
  change("/_sim/drain", drainBody, ({ draining }) => sim.drain(draining));
  change("/_sim/tunnel", tunnelBody, ({ behaviour, next }) =>
    next ? sim.tunnel.behaveNext(behaviour, next) : sim.tunnel.behave(behaviour),
  );
  app.delete("/_sim/turns", (context) => {
    sim.clearScripts();
    return context.json(stateOf(sim));
  });
  return app;
}

/** Everything the page shows; bodies of calls stay out of it. */
function stateOf(sim: HermesSim): Record<string, unknown> {
  const calls = sim.calls().slice(-SHOWN_CALLS);
  return {
    urls: { api: sim.baseUrl, tunnel: sim.tunnel.baseUrl, control: sim.controlUrl },
    isOn: sim.isOn,
    isDraining: sim.isDraining,
    config: withoutKeys(sim),
    tunnel: sim.tunnel.behaviour(),
    running: sim.running(),
    scripts: sim.scripts(),
    sessions: sim.sessions(),
    runs: sim.runs().slice(-SHOWN_CALLS),
    executions: sim.executions().slice(-SHOWN_CALLS),
    calls: calls.map(({ bodyText: _text, bodySha256: _hash, ...call }) => call),
  };
}

function withoutKeys(sim: HermesSim): Record<string, unknown> {
  const { profiles, ...config } = sim.config();
  return { ...config, profiles: Object.keys(profiles) };
}

// JSON only: a browser page from elsewhere cannot send that type without being asked first.
async function bodyOf(context: Context): Promise<unknown> {
  if (!context.req.header("content-type")?.startsWith("application/json")) return undefined;
  try {
    return await context.req.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
