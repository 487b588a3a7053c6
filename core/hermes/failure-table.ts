import {
  isErrorProse,
  isLeaseBusy,
  isNoReply,
  isPage,
  isProviderRefusal,
  isWithoutProvider,
} from "./error-texts.ts";
import type { Facts } from "./facts.ts";
import type { Silence } from "./hermes.transport.ts";
import type { FailureClass, HermesFailure } from "./outcomes.ts";
import type { Turn } from "./turn.ts";

export type FailureRow = {
  seen: (facts: Facts) => boolean;
  class: FailureClass;
  /** Set where it is better known than the status alone tells. */
  sent?: HermesFailure["sent"];
  /** Hermes keeps this outcome under the key for minutes: a repeat must bring another. */
  newKeyNeeded?: true;
  /** What an `ambiguous` row is once Hermes turns out to be healthy. */
  whenHealthy?: "failed_turn" | "in_progress";
  /** For a person: what happened, what to do. */
  cause: string;
};

/**
 * The failure table: what is seen, what it means (reference/hermes.md 2). The first row that fits
 * holds. What none fits is an answer, or a run that still goes on.
 */
export const failureTable = {
  // Nothing came back.
  dns: {
    seen: silence("dns"),
    class: "unavailable",
    cause: "The host name of Hermes is not known. Check the tunnel and the base URL.",
  },
  private_address: {
    seen: silence("private"),
    class: "misconfigured",
    cause: "The address of this Hermes is not public. Give it a tunnel and set that address.",
  },
  refused: {
    seen: silence("refused"),
    class: "unavailable",
    cause: "Nothing listens at the address of Hermes. Start Hermes or its tunnel.",
  },
  connect_timeout: {
    seen: silence("connect_timeout"),
    class: "unavailable",
    cause: "The host of Hermes does not take connections. Check that it runs and is reachable.",
  },
  tls: {
    seen: silence("tls"),
    class: "unavailable",
    cause:
      "The tunnel broke off the TLS handshake. Check that it runs and that its certificate is valid.",
  },
  dropped: {
    seen: silence("dropped"),
    class: "unavailable",
    cause:
      "The connection to Hermes broke. A repeat with the same key joins what it may have begun.",
  },
  too_large: {
    seen: silence("too_large"),
    class: "failed_turn",
    sent: "yes",
    newKeyNeeded: true,
    cause: "The answer of Hermes was larger than we read. Ask it for less.",
  },
  aborted: {
    seen: silence("aborted"),
    class: "in_progress",
    cause: "We stopped waiting. Hermes may still be at work.",
  },
  read_timeout: {
    seen: (it) => silence("timeout")(it) && !isQuestion(it),
    class: "unavailable",
    cause: "Hermes did not answer a quick question in time. Check its load and the tunnel.",
  },
  client_timeout: {
    seen: silence("timeout"),
    class: "in_progress",
    cause: "Hermes took longer than one call waits. It is most likely still at work.",
  },
  // The tunnel or a proxy answered.
  cloudflare_1033: {
    seen: tunnel(530),
    class: "unavailable",
    sent: "no",
    cause: "Cloudflare finds no running tunnel to Hermes. Start cloudflared.",
  },
  edge_524: {
    seen: tunnel(524),
    class: "in_progress",
    sent: "yes",
    cause: "The tunnel stopped waiting for Hermes, which is still at work.",
  },
  edge_52x: {
    seen: tunnel(520, 521, 522, 523, 525, 526),
    class: "unavailable",
    cause: "Cloudflare does not get through to Hermes. Check the tunnel and that Hermes runs.",
  },
  ngrok_3200: {
    seen: ngrok("ERR_NGROK_3200"),
    class: "unavailable",
    cause: "The ngrok agent is offline. Start it.",
  },
  ngrok_8012: {
    seen: ngrok("ERR_NGROK_8012"),
    class: "unavailable",
    sent: "no",
    cause: "The ngrok agent runs, but Hermes behind it does not. Start Hermes.",
  },
  ngrok_6024: {
    seen: ngrok("ERR_NGROK_6024"),
    class: "misconfigured",
    sent: "no",
    cause:
      "ngrok shows its browser warning instead of Hermes. Let the header ngrok-skip-browser-warning through.",
  },
  ngrok_727: {
    seen: ngrok("ERR_NGROK_727"),
    class: "misconfigured",
    cause: "ngrok's quota for this month is used up. Raise the plan or use another tunnel.",
  },
  ngrok_734: {
    seen: ngrok("ERR_NGROK_734"),
    class: "busy",
    cause: "ngrok takes no more requests this minute. It goes on by itself.",
  },
  ngrok_other: {
    seen: (it) => it.ngrok !== "",
    class: "unavailable",
    cause: "ngrok answered instead of Hermes. Look at the ngrok agent.",
  },
  edge_502: {
    seen: (it) => tunnel(502)(it) && it.call === "ask" && (it.isHtml || it.fromCloudflare),
    class: "ambiguous",
    whenHealthy: "failed_turn",
    cause:
      "The tunnel says bad gateway: Hermes is down, or its own error was replaced by the tunnel's page.",
  },
  edge_504: {
    seen: (it) => tunnel(504)(it) && it.call === "ask",
    class: "ambiguous",
    whenHealthy: "in_progress",
    cause: "The tunnel says gateway timeout: Hermes is down, or still at work.",
  },
  tunnel_502: {
    seen: tunnel(502),
    class: "unavailable",
    cause: "The tunnel does not reach the port of Hermes. Check that Hermes runs.",
  },
  redirected: {
    seen: (it) => it.httpStatus >= 300 && it.httpStatus < 400,
    class: "misconfigured",
    cause:
      "We are sent to another page, most likely a login. Let this client through or set the extra headers.",
  },
  access_denied: {
    seen: tunnel(403),
    class: "misconfigured",
    cause: "A guard before Hermes refuses us. Let this client through or set the extra headers.",
  },
  tunnel_401: {
    seen: tunnel(401),
    class: "misconfigured",
    cause: "A guard before Hermes wants a login of its own. Set the extra headers.",
  },
  edge_429: {
    seen: tunnel(429),
    class: "busy",
    cause: "The tunnel takes no more requests at once. It goes on by itself.",
  },
  edge_413: {
    seen: tunnel(413),
    class: "refused",
    cause: "The message is too large for the tunnel. Make it smaller.",
  },
  tunnel_404: {
    seen: tunnel(404),
    class: "unavailable",
    cause: "There is no Hermes at this address. Check the tunnel and the base URL.",
  },
  tunnel_5xx: {
    seen: (it) => !it.fromHermes && it.httpStatus >= 500,
    class: "unavailable",
    cause: "Something before Hermes failed. Check the tunnel.",
  },
  tunnel_4xx: {
    seen: (it) => !it.fromHermes && it.httpStatus >= 400,
    class: "misconfigured",
    cause: "Something before Hermes refuses the request. Check the base URL and the tunnel.",
  },
  not_json: {
    seen: (it) => it.httpStatus < 300 && it.json === undefined,
    class: "unavailable",
    cause: "A page came instead of an answer of Hermes. Check what the base URL leads to.",
  },
  // Hermes refused the request.
  origin_refused: {
    seen: (it) => hermes(403)(it) && it.isEmpty,
    class: "misconfigured",
    cause: "Hermes refuses requests of web pages. Something between us adds an Origin header.",
  },
  forbidden: {
    seen: hermes(403),
    class: "misconfigured",
    cause: "Hermes does not allow this call. It most likely runs without a key of its own.",
  },
  wrong_key: {
    seen: hermes(401),
    class: "misconfigured",
    cause: "Hermes does not know our key. Set the one that its gateway was started with.",
  },
  capacity_reached: {
    seen: hermes(429),
    class: "busy",
    cause: "All places of Hermes are taken. It goes on when one is free.",
  },
  draining: {
    seen: hermes(503, "gateway_draining"),
    class: "unavailable",
    cause: "Hermes is restarting. It comes back by itself.",
  },
  session_db_unavailable: {
    seen: hermes(503, "session_db_unavailable"),
    class: "unavailable",
    cause: "Hermes cannot read its sessions at the moment. Look at its log if it stays.",
  },
  hermes_503: {
    seen: hermes(503),
    class: "unavailable",
    cause: "Hermes says that it is not available. Look at its log if it stays.",
  },
  run_not_found: {
    seen: hermes(404, "run_not_found"),
    class: "lost",
    newKeyNeeded: true,
    cause: "Hermes no longer knows the run: it was restarted, or the run is too old.",
  },
  previous_response_not_found: {
    seen: (it) => hermes(404)(it) && it.message.startsWith("Previous response not found"),
    class: "lost",
    newKeyNeeded: true,
    cause: "Hermes no longer has the response to go on from.",
  },
  session_not_found: {
    seen: hermes(404, "session_not_found"),
    class: "lost",
    newKeyNeeded: true,
    cause: "Hermes has no such session.",
  },
  unknown_profile: {
    seen: (it) => hermes(404)(it) && it.message.includes("profile"),
    class: "misconfigured",
    cause: "Hermes has no such profile. Check the part /p/… of the base URL.",
  },
  wrong_path: {
    seen: (it) => hermes(404)(it) || hermes(405)(it),
    class: "misconfigured",
    cause:
      "Hermes has nothing at this path. The base URL must end in /v1, and its version must know the call.",
  },
  key_conflict: {
    seen: hermes(409, "idempotency_key_conflict"),
    class: "refused",
    newKeyNeeded: true,
    cause: "The same key was sent with other bytes before. This is a fault of ours.",
  },
  conflict: {
    seen: hermes(409),
    class: "refused",
    cause: "What was asked for does not fit the state of the run.",
  },
  too_big: {
    seen: hermes(413),
    class: "refused",
    cause: "The message is too large for Hermes. Make it smaller.",
  },
  bad_request: {
    seen: hermes(400),
    class: "refused",
    cause: "Hermes does not accept the message as it is.",
  },
  agent_incomplete: {
    seen: hermes(502, "agent_incomplete"),
    class: "failed_turn",
    newKeyNeeded: true,
    cause: "The agent's turn failed without a word. Look at the log of Hermes.",
  },
  no_provider: {
    seen: (it) =>
      isWithoutProvider(it.message) || turn(({ error }) => isWithoutProvider(error))(it),
    class: "misconfigured",
    newKeyNeeded: true,
    cause: "Hermes has no model provider. Run `hermes model` there, or set the provider's key.",
  },
  server_error: {
    seen: (it) => it.httpStatus >= 500,
    class: "transient",
    cause: "Hermes stumbled over an error of its own. Look at its log if it stays.",
  },
  hermes_4xx: {
    seen: (it) => it.httpStatus >= 400,
    class: "refused",
    cause: "Hermes does not accept the request.",
  },
  // The turn is over, or should be. From here on Hermes answered 200.
  lease_busy: {
    seen: turn(({ text, error }) => isLeaseBusy(text) || error.includes(leaseTimeout)),
    class: "busy",
    newKeyNeeded: true,
    cause: "Another Hermes process holds this session. It goes on when that one is done.",
  },
  run_interrupted: {
    seen: turn(({ status }) => status === "interrupted"),
    class: "lost",
    newKeyNeeded: true,
    cause: "Hermes was restarted in the middle of the run.",
  },
  run_cancelled: {
    seen: turn(({ status }) => status === "cancelled"),
    class: "lost",
    newKeyNeeded: true,
    cause: "The run was stopped before it had an answer.",
  },
  waiting_for_approval: {
    seen: turn(({ status }) => status === "waiting_for_approval"),
    class: "needs_person",
    cause:
      "The agent wants consent for a dangerous command, which the hub never gives. Switch its tools off at Hermes.",
  },
  turn_failed: {
    seen: turn(({ failed }) => failed),
    class: "failed_turn",
    newKeyNeeded: true,
    cause: "The agent's turn failed, most likely at its model. Look at the log of Hermes.",
  },
  provider_auth: {
    seen: turn(({ text }) => isProviderRefusal(text)),
    class: "misconfigured",
    newKeyNeeded: true,
    cause: "Hermes could not sign in at its model provider. Set the provider's key at Hermes.",
  },
  no_reply: {
    seen: turn(({ text }) => isNoReply(text)),
    class: "failed_turn",
    newKeyNeeded: true,
    cause: "The model gave Hermes no content.",
  },
  error_prose: {
    seen: turn(({ text }) => isErrorProse(text)),
    class: "failed_turn",
    newKeyNeeded: true,
    cause: "The agent's model could not be reached. Look at the log of Hermes.",
  },
  html_text: {
    seen: turn(({ text }) => isPage(text)),
    class: "failed_turn",
    newKeyNeeded: true,
    cause: "The agent passed on a web page instead of an answer, most likely its model's error.",
  },
  empty: {
    seen: turn(({ text, isOver }) => isOver && text.trim() === ""),
    class: "empty",
    newKeyNeeded: true,
    cause: "The agent ended its turn without saying anything.",
  },
  not_hermes: {
    seen: (it) => it.turn === undefined && (it.call === "ask" || it.call === "get_run"),
    class: "misconfigured",
    cause: "What answers at the base URL is not the API of Hermes. Check the base URL.",
  },
} satisfies Record<string, FailureRow>;

export type RowName = keyof typeof failureTable;

function silence(which: Silence) {
  return (facts: Facts) => facts.silence === which;
}

function tunnel(...httpStatuses: number[]) {
  return (facts: Facts) => !facts.fromHermes && httpStatuses.includes(facts.httpStatus);
}

function ngrok(code: string) {
  return (facts: Facts) => facts.ngrok === code;
}

function hermes(httpStatus: number, code?: string) {
  return (facts: Facts) =>
    facts.fromHermes &&
    facts.httpStatus === httpStatus &&
    (code === undefined || facts.code === code);
}

function turn(seen: (turn: Turn) => boolean) {
  return (facts: Facts) => facts.turn !== undefined && seen(facts.turn);
}

/** Calls behind which the agent works, so that a silence says little. */
function isQuestion({ call }: Facts): boolean {
  return call === "ask" || call === "start_run";
}

const leaseTimeout = "session_turn_lease_timeout";
