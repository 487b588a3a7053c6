import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createCommandReader } from "./command-reader.ts";
import type { Meter } from "./meter.ts";

export type DatabaseProxyOptions = {
  /** One server, by mongodb://host:port; neither mongodb+srv nor a list of hosts. */
  targetUri: string;
  /** Whose commands they are: the function's name. */
  label: string;
  meter: Meter;
  /** 0, the default, takes a free one. */
  port?: number;
};

export type DatabaseProxy = {
  /** The target's connection string, but through this proxy. */
  readonly uri: string;
  /** Cuts every connection there is; new ones are taken. Gives how many clients it met. */
  cut: () => number;
  stop: () => Promise<void>;
};

/**
 * Stands between one function and the database and counts its commands; the bytes pass
 * untouched. Throws when the target is not one plain server.
 */
export async function startDatabaseProxy(options: DatabaseProxyOptions): Promise<DatabaseProxy> {
  const { label, meter, port = 0 } = options;
  const target = parseTarget(options.targetUri);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.host, port: target.port, noDelay: true });
    track(client);
    track(upstream);
    joinEnds(client, upstream);
    const read = createCommandReader((command) => meter.databaseCommand({ label, ...command }));
    client.on("data", read);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  return {
    uri: target.uriAt(`127.0.0.1:${address.port}`),
    cut() {
      const clients = sockets.size / 2;
      for (const socket of sockets) socket.destroy();
      return clients;
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The end of one side is the end of the other; what broke is the driver's to tell. */
function joinEnds(one: Socket, other: Socket): void {
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.once("error", () => peer.destroy());
    socket.once("close", () => peer.destroy());
  }
}

function parseTarget(uri: string): {
  host: string;
  port: number;
  uriAt: (place: string) => string;
} {
  const url = URL.parse(uri);
  if (url === null || url.protocol !== "mongodb:" || url.hostname === "") {
    throw new Error(
      "Database commands can be counted only for one plain server (mongodb://host:port). " +
        "Use a local database for that, or connect without the proxy.",
    );
  }
  url.searchParams.set("directConnection", "true");
  url.searchParams.delete("replicaSet");
  const login = url.username === "" ? "" : `${url.username}:${url.password}@`;
  return {
    host: url.hostname,
    port: Number(url.port) || 27_017,
    uriAt: (place) => `mongodb://${login}${place}${url.pathname || "/"}${url.search}`,
  };
}
