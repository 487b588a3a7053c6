import { z } from "zod";
import { type ConfigPatch, joinPatches, patchConfig } from "./config-patch.ts";
import { chatLines } from "./chat.ts";
import { armFault, disarmFault, FaultRule } from "./faults.ts";
import { newUserId } from "./ids.ts";
import { type SentByUser, sendFromUser } from "./inbound.ts";
import * as logins from "./logins.ts";
import { pollStatsOf } from "./poll-stats.ts";
import { handedOut } from "./polling.ts";
import { SimError } from "./sim-error.ts";
import { snapshot } from "./snapshot.ts";
import { UserMessage } from "./user-message.ts";
import { type Bot, getBot, getUser, liveBotOf, type World } from "./world.ts";

/** Which fields there are is checked once the change is merged. */
const ConfigChange = z.custom<ConfigPatch>((value) => typeof value === "object" && value !== null);
const Qr = z.strictObject({ qr: z.string().min(1) });
const OfBot = z.strictObject({ botId: z.string() });
const Contacts = z.strictObject({ userId: z.string(), botId: z.string() });
const Some = z.strictObject({ userId: z.string().optional(), botId: z.string().optional() });

/** A control verb: its input is checked by its schema, in process as over HTTP. */
export interface Verb<S extends z.ZodType, R> {
  (...input: undefined extends z.input<S> ? [input?: z.input<S>] : [input: z.input<S>]): R;
  /** The same for input of unknown shape. Throws SimError `bad-input`. */
  readonly receive: (input: unknown) => R;
}

function verb<S extends z.ZodType, R>(schema: S, run: (input: z.output<S>) => R): Verb<S, R> {
  const receive = (input: unknown) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return run(parsed.data);
    throw new SimError("bad-input", z.prettifyError(parsed.error), { cause: parsed.error });
  };
  return Object.assign((input?: z.input<S>) => receive(input), { receive });
}

/** Everything that people and tests can do to the simulator (reference/ilink.md 3.1). */
export function createControl(world: World) {
  return {
    configure: verb(ConfigChange, (patch) => configure(world, patch)),
    createUser: verb(
      z.strictObject({ name: z.string().max(100).optional() }).optional(),
      (input) => {
        const userId = newUserId(world.random);
        world.users.set(userId, { userId, name: input?.name ?? `User ${world.users.size + 1}` });
        world.changes.notify();
        return { userId };
      },
    ),
    ...loginVerbs(world),
    ...messageVerbs(world),
    ...pollVerbs(world),
    ...faultVerbs(world),
    state: verb(z.strictObject({}).optional(), () => snapshot(world)),
  };
}
export type Control = ReturnType<typeof createControl>;

function loginVerbs(world: World) {
  const Scan = Qr.extend({ userId: z.string(), withVerifyCode: z.boolean().default(false) });
  return {
    /** `qr` is the poll key or the URL in the QR code. */
    scan: verb(Scan, ({ qr, userId, withVerifyCode }): { verifyCode?: string } => {
      const login = logins.getLogin(world, qr);
      logins.scan(world, login, userId);
      return withVerifyCode ? { verifyCode: logins.requireVerifyCode(world, login) } : {};
    }),
    confirm: verb(Qr, ({ qr }) => {
      const bot = logins.confirm(world, logins.getLogin(world, qr));
      return { botId: bot.botId };
    }),
    deny: verb(Qr, ({ qr }) => logins.deny(world, logins.getLogin(world, qr))),
    /** The login has to go on at the second listener. */
    redirect: verb(Qr, ({ qr }) => logins.redirect(world, logins.getLogin(world, qr))),
    /** The phone shows digits, these or random ones, which the client has to send. */
    requireVerifyCode: verb(Qr.extend({ code: z.string().optional() }), ({ qr, code }) => ({
      verifyCode: logins.requireVerifyCode(world, logins.getLogin(world, qr), code),
    })),
    /** Types a code as the polling client would. */
    typeVerifyCode: verb(Qr.extend({ code: z.string() }), ({ qr, code }) => ({
      accepted: logins.submitVerifyCode(world, logins.getLogin(world, qr), code),
    })),
    /** The same person scans and confirms at some other client: the bot in use is superseded. */
    scanElsewhere: verb(z.strictObject({ userId: z.string() }), ({ userId }) => {
      getUser(world, userId);
      const login = logins.createLogin(world, []);
      logins.scan(world, login, userId);
      return { botId: logins.confirm(world, login).botId };
    }),
    /** The token answers -14 from now on, a held poll at once. */
    expireLogin: verb(OfBot, ({ botId }) => logins.expireBot(world, getBot(world, botId))),
  };
}

function messageVerbs(world: World) {
  return {
    userSends: verb(UserMessage, (message): SentByUser => {
      getUser(world, message.userId);
      return sendFromUser(world, botFor(world, message), message);
    }),
    /** What the phones show of bots' messages, oldest first. */
    bubbles: verb(Some.optional(), (filter) =>
      world.bubbles.filter((bubble) => isOf(filter, bubble)),
    ),
    /** Every sendmessage that passed the token check, oldest first. */
    attempts: verb(Some.optional(), (filter) =>
      world.attempts.filter((attempt) => isOf(filter, attempt)),
    ),
    /** The conversation of one person with one bot, as the person sees it, and what was held back. */
    chat: verb(Contacts, (contact) => chatLines(world, contact)),
    typing: verb(Contacts, ({ userId, botId }) => {
      const typing = getBot(world, botId).contacts.get(userId)?.typing;
      return { on: typing?.on ?? false, since: typing?.since ?? null };
    }),
  };
}

function pollVerbs(world: World) {
  const perBot = <T>(read: (bot: Bot) => T) =>
    Object.fromEntries([...world.bots.values()].map((bot) => [bot.botId, read(bot)]));
  return {
    /** Polls that are held now, per bot. */
    openPolls: verb(z.strictObject({}).optional(), () => perBot((bot) => bot.trackedPolls.size)),
    /** Polls that were opened while another was open on the same token, per bot, ever. */
    overlaps: verb(z.strictObject({}).optional(), () => perBot((bot) => bot.polls.overlaps)),
    /** The messages written to a bot, and when each was last handed to a client, in real time. */
    handedOut: verb(OfBot, ({ botId }) => handedOut(getBot(world, botId))),
    pollStats: verb(OfBot, ({ botId }) => pollStatsOf(world, getBot(world, botId))),
    advanceClock: verb(z.strictObject({ ms: z.int().positive() }), ({ ms }) => {
      world.clock.advance(ms);
      world.changes.notify();
      return { now: world.clock.now() };
    }),
  };
}

function faultVerbs(world: World) {
  return {
    armFault: verb(FaultRule, (rule) => ({ faultId: armFault(world, rule) })),
    disarmFault: verb(z.strictObject({ faultId: z.string() }), ({ faultId }) =>
      disarmFault(world, faultId),
    ),
    /** The newest iLink calls, oldest first. */
    calls: verb(z.strictObject({}).optional(), () => [...world.calls]),
  };
}

function configure(world: World, patch: ConfigPatch) {
  try {
    world.config = patchConfig(world.config, patch);
    world.configChanges = joinPatches(world.configChanges, patch);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new SimError("bad-input", z.prettifyError(cause), { cause });
  }
  world.changes.notify();
  return world.config;
}

function botFor(world: World, { userId, botId }: UserMessage): Bot {
  if (botId !== undefined) return getBot(world, botId);
  const bot = liveBotOf(world, userId);
  if (bot) return bot;
  throw new SimError("conflict", `User ${userId} has scanned no live bot; name one with botId.`);
}

function isOf(
  filter: { userId?: string | undefined; botId?: string | undefined } | undefined,
  { userId, botId }: { userId: string; botId: string },
): boolean {
  return (filter?.userId ?? userId) === userId && (filter?.botId ?? botId) === botId;
}
