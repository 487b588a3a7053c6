/**
 * What stays out of every function's bundle. SST and the local build both read this file, so that
 * what runs here is what is deployed (docs/decisions/040-lean-bundles.md).
 */

/** @type {import("esbuild").Plugin} */
const leaveOut = {
  name: "leave-out",
  setup(build) {
    // mongodb parses its address with a copy of the URL standard and its Unicode tables; Node has both.
    build.onLoad({ filter: /[\\/]node_modules[\\/]whatwg-url[\\/]index\.js$/ }, () => ({
      contents:
        "exports.URL = globalThis.URL; exports.URLSearchParams = globalThis.URLSearchParams;",
      loader: "js",
    }));
    // Complaints are written in English; the other forty languages of zod are never asked for.
    build.onLoad(
      { filter: /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ },
      ({ path }) => ({
        contents: 'export { default as en } from "./en.js";',
        loader: "js",
        resolveDir: folderOf(path),
      }),
    );
    // undici brings its parser twice, once for processors without SIMD; Lambda has none of these.
    build.onLoad({ filter: /[\\/]undici[\\/]lib[\\/]llhttp[\\/]llhttp-wasm\.js$/ }, () => ({
      contents: 'throw new Error("This processor has no SIMD.");',
      loader: "js",
    }));
    // undici tries out a second parser, for whoever turns it on by a variable; nobody does here.
    build.onLoad({ filter: /[\\/]undici[\\/]lib[\\/]milo[\\/](no-)?simd\.js$/ }, () => ({
      contents: 'throw new Error("A function parses answers by llhttp; unset UNDICI_USE_MILO.");',
      loader: "js",
    }));
    // AWS' clients can name the browser that they run in; a function is none.
    build.onLoad({ filter: /[\\/]node_modules[\\/]bowser[\\/]bowser\.mjs$/ }, () => ({
      contents: 'export function parse() { throw new Error("A function is no browser."); }',
      loader: "js",
    }));
    // Credentials come from Lambda, never from somebody's sign-in to AWS.
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/]nested-clients[\\/].+\.js$/ }, () => ({
      contents: 'throw new Error("A function signs in to AWS as Lambda says.");',
      loader: "js",
    }));
    // Only requests are made: no server to test against, no sockets for browsers, no cache.
    build.onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]index\.js$/ }, ({ path }) => ({
      contents: undiciForRequests,
      loader: "js",
      resolveDir: folderOf(path),
    }));
  },
};

function folderOf(path) {
  return path.replace(/[\\/]index\.js$/, "");
}

/**
 * What we use of undici, read when the first request is made: a tick that starts no poller, and most
 * invocations of the others, begin without one. A name that is missing here stops the build.
 */
const undiciForRequests = `
let loading = null;
const load = () => (loading ??= loadNow());
async function loadNow() {
  const [dispatcher, api, agent, proxy] = await Promise.all([
    import("./lib/dispatcher/dispatcher.js"),
    import("./lib/api/index.js"),
    import("./lib/dispatcher/agent.js"),
    import("./lib/dispatcher/proxy-agent.js"),
  ]);
  Object.assign(dispatcher.default.prototype, api.default);
  return { Agent: agent.default, ProxyAgent: proxy.default, request: api.default.request };
}
class Later {
  #kind;
  #options;
  #opened = null;
  constructor(kind, options) {
    this.#kind = kind;
    this.#options = options;
  }
  open() {
    this.#opened ??= load().then((undici) => new undici[this.#kind](this.#options));
    return this.#opened;
  }
}
export class Agent extends Later {
  constructor(options) {
    super("Agent", options);
  }
}
export class ProxyAgent extends Later {
  constructor(options) {
    super("ProxyAgent", options);
  }
}
const shared = new Agent();
export async function request(url, options = {}) {
  const { origin, pathname, search } = new URL(url);
  const { dispatcher = shared, method = options.body ? "PUT" : "GET", ...rest } = options;
  const [undici, opened] = await Promise.all([load(), dispatcher.open()]);
  return undici.request.call(opened, { ...rest, origin, path: pathname + search, method });
}
`;

export default [leaveOut];
