import { Agent, ProxyAgent, type Dispatcher } from "undici";

/** On HTTP/2 one broken connection would cut all polls at once; so one TCP connection per call in flight. */
const connection = { allowH2: false, connect: { timeout: 10_000 } } as const;

const direct = new Agent(connection);
const byProxy = new Map<string, Dispatcher>();

/**
 * The way to WeChat: straight, or through an HTTP proxy such as `http://user:password@host:3128`,
 * whose password goes to the proxy only. One is kept per address, for all accounts.
 */
export function wayThrough(proxyUrl: string | undefined): Dispatcher {
  if (proxyUrl === undefined) return direct;
  const known = byProxy.get(proxyUrl);
  if (known) return known;
  const proxied = new ProxyAgent({ uri: proxyUrl, ...connection, connectTimeout: 10_000 });
  byProxy.set(proxyUrl, proxied);
  return proxied;
}
