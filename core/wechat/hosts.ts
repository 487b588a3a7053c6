/** The API's own hosts are ilinkai.weixin.qq.com and ilinkai.wechat.com; redirects name others. */
const tencentDomains = [".weixin.qq.com", ".wechat.com"];

/**
 * Whether a token may be sent to this URL: Tencent's hosts over https on the usual port, and what
 * was added by the operator. An answer's `baseurl` must pass it, else a forged answer could send
 * our tokens elsewhere (reference/ilink.md 1.1, 1.2).
 *
 * @param extraHosts `host` or `host:port` (http or https; a host of Tencent's stays https only),
 *   or a whole origin such as `http://127.0.0.1:8071`
 */
export function isAllowedHost(url: string, extraHosts: readonly string[] = []): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return false;
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return false;
  if (extraHosts.some((entry) => URL.parse(entry)?.origin === parsed.origin)) return true;
  if (isTencent(parsed)) return parsed.protocol === "https:" && parsed.port === "";
  return extraHosts.some((entry) => entry.toLowerCase() === parsed.host);
}

/**
 * The base URL for a `redirect_host`, which comes without a scheme (a simulator may give one), or
 * undefined when the host is not allowed. It is https, save for a host of our own that was added
 * bare or with `http://`.
 */
export function redirectBaseUrl(
  redirectHost: string,
  extraHosts: readonly string[] = [],
): string | undefined {
  const host = redirectHost.toLowerCase();
  const isBare = extraHosts.some((entry) => entry.toLowerCase() === host);
  return candidates(host, isBare).find((url) => isAllowedHost(url, extraHosts));
}

function isTencent({ hostname }: URL): boolean {
  return tencentDomains.some((domain) => hostname.endsWith(domain));
}

function candidates(host: string, httpFirst: boolean): string[] {
  if (/^https?:\/\/[a-z0-9.-]+(?::\d+)?\/?$/.test(host)) return [host];
  if (!/^[a-z0-9.-]+(?::\d+)?$/.test(host)) return [];
  const urls = [`https://${host}`, `http://${host}`];
  return httpFirst ? urls.toReversed() : urls;
}
