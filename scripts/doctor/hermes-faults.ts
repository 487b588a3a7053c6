import type { Fault } from "./faults.ts";

/** What can be wrong between the hub and Hermes, in the order in which it is found. */
export const hermesFaults = {
  hermes_disabled: {
    cause: "HERMES_AGENT_ENABLED is not true, so Hermes is never asked.",
    cure: "Set HERMES_AGENT_ENABLED=true and start the hub again.",
  },
  base_url_unreadable: {
    cause: "HERMES_API_BASE_URL is not an http:// or https:// address.",
    cure: "Write it as http://127.0.0.1:8642/v1.",
  },
  base_url_without_v1: {
    cause: "HERMES_API_BASE_URL does not end in /v1.",
    cure: "End it in /v1, with nothing behind it.",
  },
  base_url_v1_twice: {
    cause: "HERMES_API_BASE_URL has /v1 twice.",
    cure: "End it in one /v1.",
  },
  key_unreadable: {
    cause: "HERMES_API_KEY holds a space or a sign that no key has.",
    cure: "Copy Hermes' API_SERVER_KEY anew, without quotes or line breaks.",
  },
  host_unknown: {
    cause: "The host name in HERMES_API_BASE_URL is not known.",
    cure: "Check its spelling; behind a tunnel, whether its public host name still exists.",
  },
  docker_name_on_host: {
    cause: "host.docker.internal is a name for containers, and the hub runs directly on the host.",
    cure: "Set HERMES_API_BASE_URL=http://127.0.0.1:8642/v1.",
  },
  docker_name_missing: {
    cause: "The hub runs in a container that does not know host.docker.internal.",
    cure: "Add extra_hosts: host.docker.internal:host-gateway to its service, as compose.yaml does.",
  },
  service_name_unknown: {
    cause: "Only containers of one Compose network know a one-word name such as hermes.",
    cure: "Put both on one network, or use 127.0.0.1 on the host, host.docker.internal in a container.",
  },
  plain_http: {
    cause: "The address is a public one without TLS: key and messages would travel readable.",
    cure: "Use https://, such as a tunnel gives you.",
  },
  refused: {
    cause: "Nothing listens there: the Hermes gateway does not run, or its API server is off.",
    cure: "Set API_SERVER_ENABLED=true and a long API_SERVER_KEY, then start hermes gateway.",
  },
  refused_in_container: {
    cause: "In a container 127.0.0.1 is the container itself, and no Hermes listens in it.",
    cure: "Use http://host.docker.internal:8642/v1, or http://hermes:8642/v1 on one Compose network.",
  },
  refused_at_docker_host: {
    cause: "The host is there, but its Hermes does not listen for containers.",
    cure: "Set API_SERVER_HOST=0.0.0.0 at Hermes; if it is a container, publish its port as 8642:8642.",
  },
  no_connection: {
    cause: "The host takes no connection.",
    cure: "Check that it is up, the port, and firewalls on the way.",
  },
  tls_not_spoken: {
    cause: "The address says https://, but what listens there speaks plain HTTP.",
    cure: "Use http:// on your own machine, or the https:// address of the tunnel.",
  },
  tls_certificate: {
    cause: "The certificate is expired, for another host, or of an unknown authority.",
    cure: "Renew it or correct the host name; name your own authority in NODE_EXTRA_CA_CERTS.",
  },
  tls_cut: {
    cause:
      "The connection broke in the TLS handshake, as with a Tailscale Funnel whose node is off.",
    cure: "Start the tunnel; look at tailscale status and tailscale funnel status.",
  },
  dropped: {
    cause: "The connection broke before an answer came.",
    cure: "Look at the logs of the tunnel and of Hermes, then try again.",
  },
  slow: {
    cause: "A question that needs no thinking was not answered in 10 s.",
    cure: "Look at the load of Hermes' machine and at the tunnel.",
  },
  cloudflare_1033: {
    cause: "Cloudflare (error 1033) finds no cloudflared that runs this tunnel.",
    cure: "Start cloudflared; look at its log for a wrong token.",
  },
  cloudflare_502: {
    cause: "The Cloudflare tunnel is up, but Hermes behind it does not answer.",
    cure: "Start the Hermes gateway; the tunnel's service is http://hermes:8642 or wherever it listens.",
  },
  cloudflare_52x: {
    cause: "Cloudflare does not get through to what is behind it (520 to 526).",
    cure: "Check cloudflared and that Hermes runs; then try again.",
  },
  cloudflare_access: {
    cause: "Cloudflare Access stands before Hermes and does not know the hub.",
    cure: "Set HERMES_EXTRA_HEADERS to the service token; its policy needs the action Service Auth.",
  },
  ngrok_3200: {
    cause: "The ngrok agent is offline, or its address has changed.",
    cure: "Start ngrok http 8642 and compare its address with HERMES_API_BASE_URL.",
  },
  ngrok_8012: {
    cause: "The ngrok tunnel is up, but Hermes behind it does not listen.",
    cure: "Start the Hermes gateway; check the port that ngrok was started with.",
  },
  ngrok_6024: {
    cause: "ngrok shows its page for browsers instead of Hermes.",
    cure: "Let the header ngrok-skip-browser-warning through whatever lies between.",
  },
  ngrok_727: {
    cause: "ngrok's requests of this month are used up.",
    cure: "Raise the plan, or use another tunnel.",
  },
  ngrok_734: {
    cause: "ngrok takes no more requests this minute.",
    cure: "Wait a minute; if it stays, raise the plan.",
  },
  ngrok_other: {
    cause: "ngrok answers instead of Hermes.",
    cure: "Look the ERR_NGROK number up in ngrok's documentation.",
  },
  tunnel_502: {
    cause: "A tunnel or proxy is up (Tailscale answers like this), but Hermes behind it is not.",
    cure: "Start the Hermes gateway; check the port that the tunnel leads to.",
  },
  tunnel_busy: {
    cause: "The tunnel takes no more requests at the moment.",
    cure: "Wait a little; a Cloudflare quick tunnel takes 200 at once.",
  },
  tunnel_other: {
    cause: "Something before Hermes fails.",
    cure: "Look at the log of the tunnel or proxy.",
  },
  redirected: {
    cause: "The address sends us elsewhere: to a login, or from http:// to https://.",
    cure: "Write the final address; let the hub past a login with HERMES_EXTRA_HEADERS.",
  },
  guarded: {
    cause: "A guard before Hermes refuses us.",
    cure: "Let the hub through, or set what the guard asks for in HERMES_EXTRA_HEADERS.",
  },
  not_hermes: {
    cause: "Something answers there, but not the API server of Hermes.",
    cure: "Check host and port: 8642 is the API server, 9119 Hermes' dashboard.",
  },
  wrong_path: {
    cause: "Hermes answers, but knows nothing at this path.",
    cure: "Put /v1 right behind host and port, or behind /p/PROFILE.",
  },
  unknown_profile: {
    cause: "Hermes has no profile of this name, or does not serve several.",
    cure: "Check the part /p/PROFILE; gateway.multiplex_profiles must be on at Hermes.",
  },
  wrong_key: {
    cause: "HERMES_API_KEY is not the API_SERVER_KEY that Hermes was started with.",
    cure: "Make both the same; restart Hermes after a change. A profile has a key of its own.",
  },
  origin_header: {
    cause: "Hermes refuses requests of web pages, and something adds an Origin header to ours.",
    cure: "Take the Origin header off in the proxy.",
  },
  places_taken: {
    cause: "All places of Hermes are taken.",
    cure: "Wait, or raise max_concurrent_runs at Hermes and HERMES_PLACES with it.",
  },
  restarting: {
    cause: "Hermes is stopping or starting again.",
    cure: "Wait half a minute and try again.",
  },
  model_unknown: {
    cause: "Hermes does not offer the model that HERMES_MODEL names.",
    cure: "Set HERMES_MODEL to a name that it offers (API_SERVER_MODEL_NAME, else hermes-agent).",
  },
  question_refused: {
    cause: "Hermes does not accept the question.",
    cure: "Look at the log of Hermes; a proxy may change requests on the way.",
  },
  address_not_public: {
    cause: "The address of an account's own Hermes is not public.",
    cure: "Give that Hermes a tunnel and set its address; HERMES_ALLOW_PRIVATE is for one machine.",
  },
  provider_key: {
    cause: "Hermes could not sign in at its model provider.",
    cure: "Set the provider's key at Hermes (hermes setup) and restart it.",
  },
  turn_failed: {
    cause: "Hermes took the question, but its model failed.",
    cure: "Ask it without the hub (hermes chat -q hello) and look at its log.",
  },
  no_answer: {
    cause: "The model ended its turn without a word.",
    cure: "Try again; if it stays, try another model at Hermes.",
  },
  approval_wanted: {
    cause: "The agent wants a person's consent for a dangerous command.",
    cure: "Switch its tools off for the API server, see the top of docs/hermes.md.",
  },
  too_slow: {
    cause: "No answer came in the time that one invocation waits; the turn may still go on.",
    cure: "The first turn after a start is slow, so try again; then look for slow models and tools.",
  },
  hermes_error: {
    cause: "Hermes stumbled over an error of its own.",
    cure: "Look at the log of Hermes.",
  },
} satisfies Record<string, Fault>;
