/**
 * How fast a local hub lives. Only durations differ, never what is done: `real` is as deployed,
 * `fast` shortens what a demo or a test would have to wait for.
 */
export type Pace = {
  /** How long a scheduled minute lasts. */
  minuteMs: number;
  visibilitySeconds: number | null;
  settings: Readonly<Record<string, string>>;
  /** The simulators' own holds. */
  holdMs: number | null;
};

export const realPace: Pace = {
  minuteMs: 60_000,
  visibilitySeconds: null,
  settings: {},
  holdMs: null,
};

export const fastPace: Pace = {
  minuteMs: 2_000,
  visibilitySeconds: 20,
  holdMs: 1_500,
  settings: {
    POLL_HOLD_SECONDS: "2",
    POLL_HOLD_MARGIN_MS: "1000",
    POLL_TAKE_INTERVAL_MS: "200",
    POLL_LEASE_SECONDS: "16",
    POLL_RENEW_SECONDS: "4",
    POLL_LIFETIME_SECONDS: "20",
    POLL_RETRY_MS: "100",
    POLL_LONG_RETRY_MS: "500",
    LOGIN_HOLD_SECONDS: "2",
    LOGIN_LEASE_SECONDS: "6",
    AGENT_LOOK_INTERVAL_MS: "300",
    AGENT_RETRY_SECONDS: "1,2,3",
    CHUNK_PAUSE_MS: "20",
    SEND_RETRY_SECONDS: "1",
    HERMES_TIMEOUT_MS: "10000",
    HERMES_RETRY_INTERVAL_MS: "400",
    RETRY_LIFETIME_SECONDS: "2",
    RETRY_GRACE_SECONDS: "2",
    RETRY_LEASE_SECONDS: "6",
    CLEAN_UP_DELAY_SECONDS: "1",
    ALERT_RETRY_SECONDS: "1",
  },
};
