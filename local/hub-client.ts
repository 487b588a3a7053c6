import { z } from "zod";

/** What the api answers, as far as the local tools read it; dates come as ISO texts. */
const AccountAnswer = z.looseObject({
  _id: z.string(),
  name: z.string(),
  status: z.string(),
  botId: z.string().optional(),
  policyId: z.string(),
  generation: z.number(),
});
const LoginAnswer = z.looseObject({
  _id: z.string(),
  accountId: z.string(),
  status: z.string(),
  qrContent: z.string(),
  failure: z.string().nullable(),
  outcome: z.object({ kind: z.string(), accountId: z.string() }).nullable(),
});
const RunAnswer = z.looseObject({
  _id: z.string(),
  accountId: z.string(),
  userId: z.string(),
  status: z.string(),
  inputText: z.string(),
  outputText: z.string().nullable(),
  error: z.string().nullable(),
  attemptCount: z.number(),
  messageIds: z.array(z.string()),
  outboundMessageId: z.string().nullable(),
  queuedReplyMessageId: z.string().nullable(),
});
const MessageAnswer = z.looseObject({
  _id: z.string(),
  direction: z.enum(["inbound", "outbound"]),
  userId: z.string(),
  text: z.string().nullable(),
  runId: z.string().nullable(),
  unansweredReason: z.string().nullable().optional(),
});
const ErrorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type AccountAnswer = z.infer<typeof AccountAnswer>;
export type LoginAnswer = z.infer<typeof LoginAnswer>;
export type RunAnswer = z.infer<typeof RunAnswer>;
export type MessageAnswer = z.infer<typeof MessageAnswer>;

/** The api said no; `code` is its `noun.reason`. */
export class HubApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "HubApiError";
    this.status = status;
    this.code = code;
  }
}

export type AccountVerb =
  | "approve"
  | "suspend"
  | "resume"
  | "start-polling"
  | "stop-polling"
  | "clean-up";

/** The management API as the demo and the stories use it. */
export function createHubClient(baseUrl: string, token: string) {
  async function call<S extends z.ZodType>(
    method: string,
    path: string,
    schema: S,
    body?: unknown,
  ): Promise<z.output<S>> {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return schema.parse(JSON.parse(text));
    const problem = ErrorAnswer.safeParse(jsonOrText(text));
    if (problem.success) {
      const { code, message } = problem.data.error;
      throw new HubApiError(response.status, code, message);
    }
    throw new HubApiError(response.status, "answer.unreadable", text.slice(0, 200));
  }

  const page = <S extends z.ZodType>(item: S) => z.object({ items: z.array(item) });
  return {
    call,
    createBot: (bot: { name: string; policyId?: string }) =>
      call("POST", "/api/accounts", AccountAnswer, bot),
    account: (id: string) => call("GET", `/api/accounts/${id}`, AccountAnswer),
    accounts: async () => (await call("GET", "/api/accounts?limit=200", page(AccountAnswer))).items,
    startLogin: (id: string) => call("POST", `/api/accounts/${id}/logins`, LoginAnswer),
    login: (id: string) => call("GET", `/api/logins/${id}`, LoginAnswer),
    typeVerifyCode: (id: string, code: string) =>
      call("POST", `/api/logins/${id}/verify-code`, LoginAnswer, { code }),
    change: (id: string, verb: AccountVerb) =>
      call("POST", `/api/accounts/${id}/${verb}`, AccountAnswer),
    setPolicy: (id: string, policyId: string) =>
      call("PUT", `/api/accounts/${id}/policy`, AccountAnswer, { policyId }),
    runs: async (accountId: string) =>
      (await call("GET", `/api/accounts/${accountId}/agent-runs?limit=200`, page(RunAnswer))).items,
    messages: async (accountId: string) =>
      (await call("GET", `/api/accounts/${accountId}/messages?limit=200`, page(MessageAnswer)))
        .items,
  };
}

export type HubClient = ReturnType<typeof createHubClient>;

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An answer that is no JSON is shown as it came, in `answer.unreadable`.
    return text;
  }
}
