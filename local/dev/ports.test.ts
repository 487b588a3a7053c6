import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { choosePorts, requireFree } from "./ports.ts";

test("the simulators take the ports after the api's", async () => {
  expect(await choosePorts(8070)).toEqual({
    api: 8070,
    wechat: 8071,
    hermes: 8072,
    hermesControl: 8073,
  });
});

test("0 takes four that are free", async () => {
  const ports = await choosePorts(0);
  expect(new Set(Object.values(ports)).size).toBe(4);
  await requireFree(ports);
});

test("each taken port is named with what it is for, and how to choose others", async () => {
  const { api, wechat, hermes } = await choosePorts(0);
  for (const port of [api, hermes]) {
    const other = createServer().listen(port, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
  }
  const wanted = { "the api": api, "the simulator": wechat, "the stand-in": hermes };
  await expect(requireFree(wanted)).rejects.toMatchObject({
    code: "dev.port_taken",
    message: expect.stringMatching(
      new RegExp(
        `port ${api} \\(for the api\\), port ${hermes} \\(for the stand-in\\)\\. .*--port`,
      ),
    ),
  });
});
