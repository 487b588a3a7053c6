import { createHash, randomBytes } from "node:crypto";

export type FindingResult = "as_expected" | "unexpected" | "seen" | "not_tried";

/** One thing that was looked at. `detail` holds neither secrets nor what anybody wrote. */
export type Finding = {
  step: string;
  what: string;
  result: FindingResult;
  detail: string;
  /** Since the check began. */
  atSeconds: number;
};

export type Findings = {
  all: readonly Finding[];
  add(finding: Omit<Finding, "atSeconds">): void;
  /** The same id gives the same short name within one report, and tells nothing outside of it. */
  nameOf(id: string): string;
};

export function collectFindings(now: () => Date): Findings {
  const all: Finding[] = [];
  const startedAt = now().getTime();
  const salt = randomBytes(16);
  return {
    all,
    add(finding) {
      all.push({ ...finding, atSeconds: Math.round((now().getTime() - startedAt) / 1000) });
    },
    nameOf(id) {
      const short = createHash("sha256").update(salt).update(id).digest("hex").slice(0, 6);
      const [, kind = ""] = /(@im\.(?:wechat|bot))$/.exec(id) ?? [];
      return `#${short}${kind}`;
    },
  };
}
