import type { ServerResponse } from "node:http";

/** One answer of the model as OpenAI's protocol knows it. */
export type Saying = {
  text: string;
  finish: "stop" | "length" | "tool_calls";
  tool?: { name: string; input: object };
};

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export function sayAsJson(response: ServerResponse, saying: Saying): void {
  const message = { role: "assistant", content: saying.text, ...toolCalls(saying) };
  const choices = [{ index: 0, message, finish_reason: saying.finish }];
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ ...head("chat.completion"), choices, usage }));
}

export function sayAsStream(response: ServerResponse, saying: Saying): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const deltas = [
    { role: "assistant", content: "" },
    ...(saying.text === "" ? [] : [{ content: saying.text }]),
    ...(saying.tool ? [toolCalls(saying)] : []),
  ];
  for (const delta of deltas) sendChunk(response, [{ index: 0, delta, finish_reason: null }]);
  sendChunk(response, [{ index: 0, delta: {}, finish_reason: saying.finish }]);
  sendChunk(response, [], { usage });
  response.end("data: [DONE]\n\n");
}

function sendChunk(response: ServerResponse, choices: object[], more: object = {}): void {
  const chunk = { ...head("chat.completion.chunk"), choices, ...more };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

function head(object: string) {
  return { id: "chatcmpl-scripted", object, created: 1, model: "scripted" };
}

function toolCalls({ tool }: Saying): object {
  if (tool === undefined) return {};
  const call = { name: tool.name, arguments: JSON.stringify(tool.input) };
  return { tool_calls: [{ index: 0, id: "call_1", type: "function", function: call }] };
}
