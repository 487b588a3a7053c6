import type { PlannedRole, Statement } from "./stack.ts";

/** One action on one resource that a role of the plan grants. */
export type Grant = {
  role: string;
  action: string;
  resource: string;
  condition: Statement["Condition"];
};

/** Who acts by a role: its function itself, or a service of AWS in its name. */
export type ActsAs =
  | "the function"
  | "Lambda, taking jobs from the queue for it"
  | "Lambda, writing its log"
  | "Scheduler, waking its target"
  | "Scheduler, putting aside what it could not deliver";

export type Need = {
  action: string;
  resource: string;
  /** What conditions may ask for, such as `iam:PassedToService`. */
  context?: Readonly<Record<string, string>>;
};

/** A grant that was used; `steps` are those in which it was, the first of them first. */
export type Use = Grant & { by: ActsAs; steps: Set<string> };
export type Refusal = { role: string; action: string; resource: string; by: ActsAs };

/**
 * What the roles of the plan allow, and what of it was used. Nothing is allowed that no grant names.
 */
export class Rights {
  readonly grants: readonly Grant[];
  readonly uses: Use[] = [];
  /** Since the step began. */
  refusals: Refusal[] = [];
  #step = "";
  #removed: Grant | null = null;
  readonly #trust: ReadonlyMap<string, Statement[]>;

  constructor(roles: readonly PlannedRole[]) {
    this.grants = roles.flatMap(({ name, grants }) =>
      grants.flatMap(({ Action, Resource, Condition }) =>
        Action.flatMap((action) =>
          Resource.map((resource) => ({ role: name, action, resource, condition: Condition })),
        ),
      ),
    );
    this.#trust = new Map(roles.map(({ name, trust }) => [name, trust]));
  }

  /** From now on what is used and refused belongs to this step. */
  begin(step: string): void {
    this.#step = step;
    this.refusals = [];
  }

  /** True when the role has what is needed; remembers what was used, and what was refused. */
  ask(role: string, need: Need, by: ActsAs): boolean {
    const found = this.grants.find((grant) => grant !== this.#removed && covers(grant, role, need));
    if (found) {
      const known = this.uses.find((use) => nameOf(use) === nameOf(found) && use.by === by);
      if (known) known.steps.add(this.#step);
      else this.uses.push({ ...found, by, steps: new Set([this.#step]) });
      return true;
    }
    this.refusals.push({ role, action: need.action, resource: need.resource, by });
    return false;
  }

  /** Whether the role trusts the service; `context` is what its conditions may ask for. */
  trusts(role: string, service: string, context: Readonly<Record<string, string>>): boolean {
    const statements = this.#trust.get(role) ?? [];
    return statements.some(
      ({ Principal = {}, Condition }) =>
        (Principal["Service"] ?? []).includes(service) && holds(Condition, context),
    );
  }

  /** Does the work as if this one grant were not there. */
  async without<T>(grant: Grant, work: () => Promise<T>): Promise<T> {
    this.#removed = grant;
    try {
      return await work();
    } finally {
      this.#removed = null;
    }
  }

  unused(): Grant[] {
    const used = new Set(this.uses.map(nameOf));
    return this.grants.filter((grant) => !used.has(nameOf(grant)));
  }
}

/** A grant in words: who may do what with what. */
export function nameOf({ role, action, resource }: Omit<Grant, "condition">): string {
  return `${short(role)} ${action} ${short(resource)}`;
}

function covers(grant: Grant, role: string, { action, resource, context = {} }: Need): boolean {
  return (
    grant.role === role &&
    grant.action === action &&
    matches(grant.resource, resource) &&
    holds(grant.condition, context)
  );
}

function holds(
  condition: Statement["Condition"],
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(condition?.StringEquals ?? {}).every(([key, values]) =>
    values.includes(context[key] ?? ""),
  );
}

/** IAM's `*` stands for any characters, `:` and `/` too. */
function matches(pattern: string, resource: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === resource;
  if (!resource.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let from = first.length;
  for (const part of rest) {
    const at = resource.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return resource.length - last.length >= from && resource.endsWith(last);
}

/** Without account, region, stage and the random letters of the deployment. */
function short(arnOrName: string): string {
  return arnOrName
    .replace(/^arn:aws:[a-z]+:[a-z0-9-]*:\d{12}:/, "")
    .replace(/wechat-clawbot-hub-[a-z]+-/, "")
    .replace(/-[a-z]{8}(\.fifo)?$/, "");
}
