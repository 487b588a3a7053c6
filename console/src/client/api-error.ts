/** What the api, or the way to it, answered instead of what was asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly whatToDo: string;
  readonly requestId: string;

  constructor(given: {
    status: number;
    code: string;
    message: string;
    whatToDo?: string;
    requestId?: string;
    cause?: unknown;
  }) {
    super(given.message, { cause: given.cause });
    this.status = given.status;
    this.code = given.code;
    this.whatToDo = given.whatToDo ?? "";
    this.requestId = given.requestId ?? "";
  }
}

export const unreadableCode = "answer.unreadable";

/** The error of an answer that came and is not what the api gives. */
export function unreadableAnswer(cause?: unknown): ApiError {
  return new ApiError({
    status: 502,
    code: unreadableCode,
    message:
      "What came back is not what the hub answers, so nothing of it is shown; whether a change was made is not known.",
    whatToDo: "Load the page again; if it stays, pass on the code.",
    cause,
  });
}

/** The error of an answer that is not a success, whoever wrote it. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const text = await response.text();
  const told = problemIn(text);
  return new ApiError({
    status,
    code: told["code"] ?? `http.${status}`,
    message: told["message"] ?? `The server answered ${status} without a reason.`,
    whatToDo: told["whatToDo"] ?? "",
    requestId: told["requestId"] ?? "",
  });
}

/** `{ error: { code, message, whatToDo, requestId } }`, or nothing when a proxy wrote the answer. */
function problemIn(text: string): Record<string, string> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("error" in body)) return {};
    const { error } = body;
    if (typeof error !== "object" || error === null) return {};
    return Object.fromEntries(
      Object.entries(error).filter(([, value]) => typeof value === "string"),
    );
  } catch {
    return {};
  }
}
