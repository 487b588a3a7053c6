import { execFile, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import type { DoctorContext } from "./context.ts";
import { checkHermes } from "./hermes-check.ts";
import { faultsIn, statusOf, testContext } from "./test-context.ts";

let hermes: HermesSim;
beforeAll(async () => {
  hermes = await startHermesSim();
});
afterAll(() => hermes.stop());

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function faultsAt(baseUrl: string, changed: Partial<DoctorContext> = {}): Promise<string[]> {
  const env = { HERMES_API_BASE_URL: baseUrl, HERMES_API_KEY: hermes.apiKey };
  return faultsIn(await checkHermes(testContext(env, changed)));
}

const unknown: Partial<DoctorContext> = {
  addressesOf: () =>
    Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" })),
};
const here: Partial<DoctorContext> = { addressesOf: async () => ["127.0.0.1"] };
const container = { isInContainer: true };

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === "string") throw new Error("It has no TCP port.");
  return address.port;
}

describe("a name", () => {
  test("host_unknown: nobody knows it", async () => {
    expect(await faultsAt("https://hermes.invalid/v1")).toEqual(["resolve: host_unknown"]);
  });

  test.each([
    ["docker_name_on_host", "http://host.docker.internal:8642/v1", {}],
    ["docker_name_missing", "http://host.docker.internal:8642/v1", container],
    ["service_name_unknown", "http://hermes:8642/v1", {}],
    ["service_name_unknown", "http://hermes:8642/v1", container],
  ])("%s: %s, %o", async (fault, baseUrl, place) => {
    expect(await faultsAt(baseUrl, { ...unknown, ...place })).toEqual([`resolve: ${fault}`]);
  });

  test("plain_http: it leads to a public address without TLS, and no key is sent there", async () => {
    for (const baseUrl of ["http://203.0.113.7:8642/v1", "http://[2001:db8::7]:8642/v1"]) {
      expect(await faultsAt(baseUrl)).toEqual(["resolve: plain_http"]);
    }
  });

  test("may lead to this machine under any name", async () => {
    const { port } = new URL(hermes.url);
    expect(await faultsAt(`http://localhost:${port}/v1`)).toEqual([]);
    const elsewhere = { addressesOf: async () => ["::1", "127.0.0.1"] };
    expect(await faultsAt(`http://localhost:${port}/v1`, elsewhere)).toEqual([]);
  });
});

describe("a port", () => {
  test.each([
    ["refused", "127.0.0.1", {}],
    ["refused_in_container", "127.0.0.1", container],
    ["refused_in_container", "localhost", { ...container, ...here }],
    ["refused_at_docker_host", "host.docker.internal", { ...container, ...here }],
    ["docker_name_on_host", "host.docker.internal", here],
    ["refused", "hermes.example", { ...container, ...here }],
  ])("%s: nothing listens at %s, %o", async (fault, host, changed) => {
    const baseUrl = `http://${host}:${await closedPort()}/v1`;
    expect(await faultsAt(baseUrl, changed)).toEqual([`connect: ${fault}`]);
  });

  test("no_connection: the host is there and takes none", async () => {
    const port = await stuckPort();
    expect(await faultsAt(`http://127.0.0.1:${port}/v1`)).toEqual(["connect: no_connection"]);
  });
});

describe("TLS", () => {
  test("tls_not_spoken: what listens speaks plain HTTP", async () => {
    const baseUrl = hermes.baseUrl.replace("http:", "https:");
    expect(await faultsAt(baseUrl)).toEqual(["tls: tls_not_spoken"]);
  });

  test("tls_cut: the connection ends in the handshake", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.destroy()));
    server.listen(0, "127.0.0.1");
    undo.push(() => server.close());
    await once(server, "listening");
    const baseUrl = `https://127.0.0.1:${portOf(server.address())}/v1`;
    expect(await faultsAt(baseUrl)).toEqual(["tls: tls_cut"]);
  });

  test("tls_certificate: nobody vouches for it, or it is another host's", async () => {
    const { port, certificate } = await startTlsDoor();
    const baseUrl = `https://localhost:${port}/v1`;
    expect(await faultsAt(baseUrl, here)).toEqual(["tls: tls_certificate"]);
    trust(certificate);
    const elsewhere = `https://hermes.example:${port}/v1`;
    expect(await faultsAt(elsewhere, here)).toEqual(["tls: tls_certificate"]);
  });

  test("with a certificate that is trusted leads all the way to an answer", async () => {
    const { port, certificate } = await startTlsDoor();
    trust(certificate);
    const env = {
      HERMES_API_BASE_URL: `https://localhost:${port}/v1`,
      HERMES_API_KEY: hermes.apiKey,
    };
    const lines = await checkHermes(testContext(env, here));
    expect(faultsIn(lines)).toEqual([]);
    expect(statusOf(lines, "tls")).toBe("pass");
    expect(statusOf(lines, "question")).toBe("pass");
  });
});

/** A TLS door to the stand-in on a certificate of its own for localhost. */
async function startTlsDoor(): Promise<{ port: number; certificate: string }> {
  const folder = await mkdtemp(join(tmpdir(), "doctor-tls-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", keyFile, "-out", certFile];
  const openssl = promisify(execFile);
  await openssl("openssl", ["req", "-x509", ...kind, ...subject, "-days", "2", ...files]);
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(certFile, "utf8")]);
  const { port: originPort } = new URL(hermes.url);
  const server = createTlsServer({ key, cert }, (socket) => {
    const origin = connect(Number(originPort), "127.0.0.1");
    socket.pipe(origin).pipe(socket);
    for (const end of [socket, origin]) end.on("error", () => socket.destroy());
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  undo.push(() => server.close());
  await once(server, "listening");
  return { port: portOf(server.address()), certificate: cert };
}

function trust(certificate: string): void {
  const before = getCACertificates("default");
  undo.push(() => setDefaultCACertificates(before));
  setDefaultCACertificates([...before, certificate]);
}

/** A port whose process has been stopped and whose queue of connections is full. */
async function stuckPort(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "doctor-stuck-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, "listen.mjs");
  await writeFile(
    program,
    `import { createServer } from "node:net";
     const server = createServer(() => {});
     server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => process.send(server.address().port));`,
  );
  const child: ChildProcess = fork(program);
  undo.push(() => child.kill("SIGKILL"));
  const [port] = await once(child, "message");
  child.kill("SIGSTOP");
  const sockets: Socket[] = [];
  undo.push(() => sockets.forEach((socket) => socket.destroy()));
  for (let filled = false; !filled && sockets.length < 64;) {
    const socket = connect(Number(port), "127.0.0.1");
    sockets.push(socket);
    filled = await Promise.race([
      once(socket, "connect").then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 150)),
    ]);
  }
  return Number(port);
}
