export type Identity = {
  botToken?: string | undefined;
  /** `major.minor.patch` of the client we speak as; also the `channel_version` of every body. */
  clientVersion: string;
  appId: string;
  botAgent?: string | undefined;
  routeTag?: string | undefined;
  /** A whole number from 0 to 2^32 - 1, new for each request. */
  randomUint32: () => number;
};

/** Throws TypeError, saying what to write instead, when a part cannot go into a header or body. */
export function checkIdentity(identity: Identity): void {
  if (!/^\d{1,5}\.\d{1,3}\.\d{1,3}$/.test(identity.clientVersion)) {
    throw new TypeError("clientVersion must look like 2.4.9: three whole numbers.");
  }
  for (const name of ["botToken", "appId", "routeTag"] as const) {
    const value = identity[name];
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
      throw new TypeError(`${name} must be ASCII without spaces and not empty.`);
    }
  }
  if (identity.botAgent !== undefined && !/^[\x20-\x7e]{1,256}$/.test(identity.botAgent)) {
    throw new TypeError("botAgent must be 1 to 256 ASCII characters, such as MyHub/1.0.");
  }
}

/** Headers of the QR status query, which knows no token (reference/ilink.md 1.1). */
export function queryHeaders({ appId, clientVersion, routeTag }: Identity): Record<string, string> {
  return {
    "iLink-App-Id": appId,
    "iLink-App-ClientVersion": String(packedVersion(clientVersion)),
    ...(routeTag === undefined ? {} : { SKRouteTag: routeTag }),
  };
}

/**
 * Headers of every POST (reference/ilink.md 1.1). Content-Length is left to the HTTP library: set
 * by hand it makes requests fail.
 */
export function postHeaders(identity: Identity, token?: string): Record<string, string> {
  return {
    ...queryHeaders(identity),
    "Content-Type": "application/json",
    AuthorizationType: "ilink_bot_token",
    "X-WECHAT-UIN": Buffer.from(String(identity.randomUint32())).toString("base64"),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
}

export function baseInfo({ clientVersion, botAgent }: Identity) {
  return {
    channel_version: clientVersion,
    ...(botAgent === undefined ? {} : { bot_agent: botAgent }),
  };
}

function packedVersion(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major * 65_536 + minor * 256 + patch;
}
