import type { TunnelBehaviour } from "#local/hermes-sim/tunnel-behaviour.ts";
import type { Turn } from "#local/hermes-sim/turns.ts";
import { hermesPlaces, type SoakHub } from "./soak-hub.ts";
import type { Fault, Trouble } from "./trouble.ts";

export function hermesFaults({ hermes, host }: SoakHub, trouble: Trouble): Fault[] {
  const turns = (kind: string, ...ends: Turn[]): Fault => ({
    kind,
    strike: () => {
      for (const end of ends) hermes.scriptNext(end);
    },
  });
  const setKey = async (key: string) => {
    for (const name of ["agent", "retry"]) await host.setEnvironment(name, { HERMES_API_KEY: key });
  };
  return [
    {
      kind: "hermes: off",
      strike: () =>
        during(
          trouble,
          () => hermes.off(),
          () => hermes.on(),
        ),
    },
    { kind: "hermes: restarts and forgets", strike: () => hermes.restart() },
    {
      kind: "hermes: key changes",
      strike: () =>
        during(
          trouble,
          () => setKey("another-key-of-hermes"),
          () => setKey(hermes.apiKey),
        ),
    },
    {
      kind: "hermes: places full",
      strike: () => {
        const setPlaces = (maxConcurrentRuns: number, times: number) => {
          hermes.configure({ maxConcurrentRuns });
          trouble.slowness.times = times;
        };
        return during(
          trouble,
          () => setPlaces(1, 6),
          () => setPlaces(hermesPlaces, 1),
        );
      },
    },
    {
      kind: "hermes: restarts gently",
      strike: () =>
        during(
          trouble,
          () => hermes.drain(),
          () => hermes.drain(false),
        ),
    },
    {
      kind: "hermes: slower than the hub waits",
      strike: () => {
        const set = (times: number) => void (trouble.slowness.times = times);
        return during(
          trouble,
          () => set(40),
          () => set(1),
        );
      },
    },
    turns("hermes: turns fail", { kind: "failed-with-text" }, { kind: "failed-without-text" }),
    turns("hermes: empty answers", { kind: "empty" }, { kind: "no-reply" }),
    turns("hermes: the agent breaks", { kind: "exception" }, { kind: "provider-auth" }),
    turns("hermes: half an answer", { kind: "partial" }),
  ];
}

const throughTunnel: readonly [string, TunnelBehaviour][] = [
  ["tunnel: HTML as 200", { kind: "html-200" }],
  ["tunnel: 429", { kind: "cloudflare-busy" }],
  ["tunnel: no connector", { kind: "cloudflare-offline" }],
  ["tunnel: edge error", { kind: "cloudflare-edge-error" }],
  ["tunnel: 524", { kind: "cloudflare", timeoutMs: 200 }],
  ["tunnel: quota", { kind: "ngrok-quota" }],
  ["tunnel: connections cut", { kind: "tailscale-cut" }],
  ["tunnel: slow drip", { kind: "slow-drip", bytes: 8, everyMs: 100 }],
  ["tunnel: cut before the answer", { kind: "cut-before-answer" }],
  ["tunnel: cut mid-body", { kind: "cut-mid-body", afterBytes: 40 }],
];

export function tunnelFaults({ hermes }: SoakHub, trouble: Trouble): Fault[] {
  return throughTunnel.map(([kind, behaviour]) => ({
    kind,
    strike: () =>
      during(
        trouble,
        () => hermes.tunnel.behave(behaviour),
        () => hermes.tunnel.behave({ kind: "none" }),
      ),
  }));
}

/** For some seconds. */
export async function during(
  trouble: Trouble,
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void,
): Promise<void> {
  await begin();
  await trouble.lasts(2_000, 5_000);
  await end();
}
