import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** The code of the error by which a name that leads to no public address is refused. */
export const notPublicCode = "EADDRNOTPUBLIC";

/** The special-purpose ranges of IANA's two registries: nothing of the open internet lies there. */
const special = new BlockList();
for (const range of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
]) {
  addRange(range, "ipv4");
}
// Of IPv6 only 2000::/3 is handed out; what is special within it follows. ::ffff:0:0/96 is read as IPv4.
const handedOut = new BlockList();
handedOut.addSubnet("2000::", 3, "ipv6");
for (const range of ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]) {
  addRange(range, "ipv6");
}

function addRange(range: string, family: "ipv4" | "ipv6"): void {
  const [net = "", bits = ""] = range.split("/");
  special.addSubnet(net, Number(bits), family);
}

/** Whether an IP address, without brackets, lies in the open internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  if (family !== 6) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  return handedOut.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** The host of a URL when it is an IP address, without brackets, else null. */
export function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? null : host;
}

/**
 * Node's lookup for a connection that must stay in the open internet: a name of which any address
 * lies elsewhere does not resolve. It runs with each connection, so that a name cannot change sides.
 */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = error ?? refusalOf(hostname, addresses);
    const [first] = addresses ?? [];
    if (refused !== null || first === undefined) {
      callback(refused ?? notPublic(hostname), "");
    } else if (options.all) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

function refusalOf(hostname: string, addresses: LookupAddress[]): NodeJS.ErrnoException | null {
  return addresses.every(({ address }) => isPublicAddress(address)) ? null : notPublic(hostname);
}

function notPublic(hostname: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${hostname} leads to no public address.`);
  error.code = notPublicCode;
  return error;
}
