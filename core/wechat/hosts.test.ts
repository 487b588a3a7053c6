import { describe, expect, test } from "vitest";
import { isAllowedHost, redirectBaseUrl } from "./hosts.ts";

const local = ["127.0.0.1:8071", "http://sim.test:9000"];

describe("a token may go to", () => {
  test.each([
    "https://ilinkai.weixin.qq.com",
    "https://ilinkai.wechat.com/",
    "https://idc2.weixin.qq.com/path",
    "https://ILINKAI.WEIXIN.QQ.COM:443",
    "http://127.0.0.1:8071",
    "http://sim.test:9000/base",
  ])("%s", (url) => {
    expect(isAllowedHost(url, local)).toBe(true);
  });
});

describe("a token never goes to", () => {
  test.each([
    ["plain http", "http://ilinkai.weixin.qq.com"],
    ["plain http though added bare", "http://added.weixin.qq.com"],
    ["another port", "https://ilinkai.weixin.qq.com:8443"],
    ["a look-alike", "https://evilweixin.qq.com"],
    ["a longer name", "https://ilinkai.weixin.qq.com.evil.example"],
    ["a name within the user part", "https://ilinkai.weixin.qq.com@evil.example"],
    ["a user at a good host", "https://user:pw@ilinkai.weixin.qq.com"],
    ["a user without a password", "https://user@ilinkai.weixin.qq.com"],
    ["another port of an added host", "http://127.0.0.1:8072"],
    ["another scheme than was added", "https://sim.test:9000"],
    ["another protocol", "ftp://127.0.0.1:8071"],
    ["no URL at all", "ilinkai.weixin.qq.com"],
    ["nothing", ""],
  ])("%s", (_name, url) => {
    expect(isAllowedHost(url, [...local, "added.weixin.qq.com"])).toBe(false);
  });
});

describe("a redirect host", () => {
  test.each([
    ["idc2.weixin.qq.com", "https://idc2.weixin.qq.com"],
    ["127.0.0.1:8071", "http://127.0.0.1:8071"],
    ["sim.test:9000", "http://sim.test:9000"],
    ["http://127.0.0.1:8071", "http://127.0.0.1:8071"],
    ["added.weixin.qq.com", "https://added.weixin.qq.com"],
    ["evil.example", undefined],
    ["ilinkai.weixin.qq.com/../@evil.example", undefined],
    ["http://idc2.weixin.qq.com", undefined],
    ["", undefined],
  ])("%s leads to %s", (host, expected) => {
    expect(redirectBaseUrl(host, [...local, "added.weixin.qq.com"])).toBe(expected);
  });
});
