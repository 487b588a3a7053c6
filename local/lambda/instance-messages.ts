import { z } from "zod";

/** What the host tells an instance (runtime.mjs). */
export type InvokeMessage = {
  requestId: string;
  /** The event as JSON text. */
  event: string;
  deadlineMs: number;
  invokedFunctionArn: string;
};

export const FunctionError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});
/** The body Lambda gives in place of a result when the function failed. */
export type FunctionError = z.infer<typeof FunctionError>;

/** What an instance tells the host. */
export const InstanceMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("init_failed"), error: FunctionError }),
  z.object({
    type: z.literal("result"),
    requestId: z.string(),
    payload: z.string(),
    memoryUsedMb: z.number(),
  }),
  z.object({
    type: z.literal("failure"),
    requestId: z.string(),
    error: FunctionError,
    memoryUsedMb: z.number(),
  }),
  z.object({ type: z.literal("crashed"), requestId: z.string().optional(), error: FunctionError }),
]);
export type InstanceMessage = z.infer<typeof InstanceMessage>;
