/**
 * The inside of one function instance: loads the bundle, then runs one event at a time, as
 * Lambda's own runtime does. Plain JavaScript, because stripping types costs 17 MB and 70 ms
 * that the function would be charged for. What is exchanged with the host: instance-messages.ts.
 */
import { pathToFileURL } from "node:url";

const [bundlePath = "", handlerName = ""] = process.argv.slice(2);
let handler;
let current;

process.on("disconnect", () => process.exit(0));
process.on("uncaughtException", (error) => end("Runtime.UncaughtException", error));
process.on("unhandledRejection", (error) => end("Runtime.UnhandledPromiseRejection", error));
process.on("message", (invocation) => void run(invocation));

await load();

async function load() {
  try {
    const exported = await import(pathToFileURL(bundlePath).href);
    handler = exported[handlerName];
    if (typeof handler !== "function") {
      throw Object.assign(new Error(`${bundlePath} does not export a function ${handlerName}`), {
        name: "Runtime.HandlerNotFound",
      });
    }
    process.send({ type: "ready" });
  } catch (error) {
    log("", "Init Error", describe(error));
    process.send({ type: "init_failed", error: describe(error) }, () => process.exit(1));
  }
}

async function run(invocation) {
  current = invocation;
  const { requestId } = invocation;
  try {
    const result = await handler(JSON.parse(invocation.event), contextOf(invocation));
    const payload = JSON.stringify(result) ?? "null";
    answer({ type: "result", requestId, payload, memoryUsedMb: memoryUsedMb() });
  } catch (error) {
    log(requestId, "Invoke Error", describe(error));
    const memory = memoryUsedMb();
    answer({ type: "failure", requestId, error: describe(error), memoryUsedMb: memory });
  }
}

function answer(message) {
  current = undefined;
  process.send(message);
}

/** An error nobody waits for ends the instance, and with it the invocation that runs now. */
function end(errorType, error) {
  const described = describe(error);
  log(current?.requestId ?? "", errorType, described);
  const message = {
    type: "crashed",
    requestId: current?.requestId,
    error: {
      ...described,
      errorType,
      errorMessage: `${described.errorType}: ${described.errorMessage}`,
    },
  };
  if (process.connected) process.send(message, () => process.exit(1));
  else process.exit(1);
}

/** Lambda's runtime writes what a function throws into the function's log. */
function log(requestId, what, error) {
  const fields = [new Date().toISOString(), requestId, "ERROR", what, JSON.stringify(error)];
  process.stderr.write(`${fields.join("\t")}\n`);
}

function contextOf({ requestId, deadlineMs, invokedFunctionArn }) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

function describe(error) {
  if (!(error instanceof Error))
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? "").split("\n"),
  };
}

function memoryUsedMb() {
  return Math.ceil(process.resourceUsage().maxRSS / 1024);
}
