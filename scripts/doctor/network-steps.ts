import { BlockList, connect as connectTcp, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { linesOf, type CheckLine } from "./check-line.ts";
import { errorCodeOf, type DoctorContext } from "./context.ts";
import type { FaultName } from "./faults.ts";
import type { HermesTarget } from "./hermes-target.ts";

const { pass, fail, skip } = linesOf("hermes");
const dockerHost = "host.docker.internal";

/** The way to Hermes below HTTP, step by step; each needs what the one before found. */
export function networkSteps(context: DoctorContext, { url }: HermesTarget) {
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const timeoutMs = context.waitsMs.connect;
  let addresses: string[] = [];
  let reached = "";

  return {
    async resolve(): Promise<CheckLine> {
      try {
        addresses = isIP(host) ? [host] : await context.addressesOf(host);
      } catch (error) {
        return fail("resolve", unknownHost(context, host), `${host}: ${errorCodeOf(error)}`);
      }
      const found = isIP(host) ? `${host} is an address` : `${host} is ${addresses.join(", ")}`;
      if (!isTls && !addresses.every(isPrivate)) return fail("resolve", "plain_http", found);
      return pass("resolve", found);
    },

    async connect(): Promise<CheckLine> {
      let code = "";
      for (const address of addresses) {
        code = await codeOfConnecting(address, port, timeoutMs);
        if (code === "") {
          reached = address;
          return pass("connect", `${address} port ${port} takes connections`);
        }
      }
      const seen = `${host} port ${port}: ${code}`;
      if (code !== "ECONNREFUSED") return fail("connect", "no_connection", seen);
      return fail("connect", refusedBy(context, host), seen);
    },

    async tls(): Promise<CheckLine> {
      if (!isTls) return skip("tls", "not used: the address is http:// and not a public one");
      const code = await codeOfHandshake({ address: reached, host, port, timeoutMs });
      if (code === "") return pass("tls", "the certificate is valid");
      return fail("tls", tlsFault(code), code);
    },
  };
}

function unknownHost({ isInContainer }: DoctorContext, host: string): FaultName {
  if (host === dockerHost) return isInContainer ? "docker_name_missing" : "docker_name_on_host";
  return host.includes(".") ? "host_unknown" : "service_name_unknown";
}

function refusedBy({ isInContainer }: DoctorContext, host: string): FaultName {
  if (host === dockerHost) return isInContainer ? "refused_at_docker_host" : "docker_name_on_host";
  const isOwn = host === "localhost" || host === "::1" || host.startsWith("127.");
  return isOwn && isInContainer ? "refused_in_container" : "refused";
}

function tlsFault(code: string): FaultName {
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER") return "tls_not_spoken";
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code) ? "tls_certificate" : "tls_cut";
}

/** Empty when it came about, else Node's code of why not. */
function codeOfConnecting(address: string, port: number, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: address, port, timeout: timeoutMs });
    const end = (code: string) => {
      socket.destroy();
      resolve(code);
    };
    socket.on("connect", () => end(""));
    socket.on("timeout", () => end("ETIMEDOUT"));
    socket.on("error", (error) => end(errorCodeOf(error)));
  });
}

function codeOfHandshake(to: {
  address: string;
  host: string;
  port: number;
  timeoutMs: number;
}): Promise<string> {
  const { address, host, port, timeoutMs } = to;
  return new Promise((resolve) => {
    const socket = connectTls({
      host: address,
      port,
      timeout: timeoutMs,
      ...(isIP(host) ? {} : { servername: host }),
    });
    const end = (code: string) => {
      socket.destroy();
      resolve(code);
    };
    socket.on("secureConnect", () => end(""));
    socket.on("timeout", () => end("ETIMEDOUT"));
    socket.on("error", (error) => end(errorCodeOf(error) || "ECONNRESET"));
    socket.on("close", () => resolve("ECONNRESET"));
  });
}

/** Loopback, private and carrier-grade ranges, in which a tailnet's addresses lie as well. */
const privateRanges = new BlockList();
for (const [net, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
] as const) {
  privateRanges.addSubnet(net, prefix, "ipv4");
}
for (const [net, prefix] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  privateRanges.addSubnet(net, prefix, "ipv6");
}

function isPrivate(address: string): boolean {
  return privateRanges.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
