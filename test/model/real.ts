import type { Account } from "#core/accounts/account.ts";
import type { Db } from "mongodb";
import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { addBot, login } from "../proof/stories.ts";
import { World } from "../proof/world.ts";
import { markers, type Model } from "./model.ts";
import { botOfContact, type Act, type Step } from "./steps.ts";

type Gate = { asked: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> };
/** Longer than an invocation waits for Hermes. */
const longTurnMs = 150_000;

/** The hub with two bots and three contacts, and who does the steps to it. */
export class Real {
  readonly world: World;
  readonly accountIds: readonly string[];
  readonly userIds: readonly string[];
  #gate: Gate | null = null;
  #made = 0;

  static async start(db: Db, via: "chat" | "runs"): Promise<Real> {
    const world = await World.start({ db, cursor: "replay", via, accident: null });
    const alone = await addBot(world);
    const reviewed = await addBot(world, { policyId: "manual-review" });
    const userIds = botOfContact.map(() => world.wechat.createUser({ name: "contact" }).userId);
    const real = new Real(world, [alone._id, reviewed._id], userIds);
    await world.goOn();
    return real;
  }

  private constructor(world: World, accountIds: readonly string[], userIds: readonly string[]) {
    this.world = world;
    this.accountIds = accountIds;
    this.userIds = userIds;
    world.hermes.setAnswer(async ({ text }) => {
      const gate = this.#gate;
      gate?.asked.resolve();
      await gate?.opened.promise;
      // What comes before is the note of what was edited, rejected or said by a person.
      const asked = text.slice(text.lastIndexOf("]\n\n") + 1);
      return { kind: "ok", text: asked.match(markers.contact)?.join(" ") ?? "nothing asked" };
    });
  }

  account(bot: number): Promise<Account> {
    return accountStore(this.world.db).get(this.accountIds[bot] ?? "");
  }

  userId(contact: number): string {
    return this.userIds[contact] ?? "";
  }

  /** What a contact's phone shows, oldest first. */
  phone(contact: number): string[] {
    return this.world.wechat
      .bubbles({ userId: this.userId(contact) })
      .map(({ text }) => text ?? "");
  }

  runs(): Promise<AgentRun[]> {
    return this.world.db.collection<AgentRun>("agent_runs").find().sort({ _id: 1 }).toArray();
  }

  async stop(): Promise<void> {
    this.#gate?.opened.resolve();
    await this.world.stop();
  }

  async step(model: Model, step: Step): Promise<void> {
    const { world } = this;
    switch (step.do) {
      case "poll":
        return world.poll(this.accountIds[step.bot] ?? "", step.others);
      case "work":
        return world.workQueue(step.delivery);
      case "work-slowly":
        return this.#workSlowly(model, step.meanwhile, step.isLong);
      case "minute":
        return world.keepPromises(step.times);
      case "wait":
        return world.clock.moveOn(step.seconds * 1000);
      case "round":
        return world.goOn();
      case "hermes-leaves":
        model.isHermesAway = true;
        return world.hermes.off();
      case "hermes-returns":
        model.isHermesAway = false;
        return world.hermes.on();
      case "expire":
        world.wechat.expireLogin({ botId: (await this.account(step.bot)).botId ?? "" });
        model.expired.add(step.bot);
        return;
      case "log-in":
        return this.logIn(model, step.bot);
      case "write":
      case "take-over":
      case "hand-back":
      case "speak":
      case "approve":
      case "edit":
      case "reject":
      case "withdraw":
      case "suspend":
      case "resume":
        return this.#act(model, step);
    }
  }

  /** The owner scans anew, as soon as the hub knows that it must be. */
  async logIn(model: Model, bot: number): Promise<void> {
    await this.world.until("the login has expired", async () => {
      return (await this.account(bot)).status === "login_expired";
    });
    await login(
      this.world,
      this.accountIds[bot] ?? "",
      (await this.account(bot)).ilinkUserId ?? "",
    );
    model.expired.delete(bot);
  }

  async #workSlowly(model: Model, meanwhile: Act, isLong: boolean): Promise<void> {
    const gate = { asked: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
    this.#gate = gate;
    const working = this.world.workQueue();
    await Promise.race([gate.asked.promise, working]);
    await this.#act(model, meanwhile);
    if (isLong) this.world.clock.moveOn(longTurnMs);
    this.#gate = null;
    gate.opened.resolve();
    await working;
  }

  async #act(model: Model, act: Act): Promise<void> {
    switch (act.do) {
      case "write":
        return this.#write(model, act.contact, act.copy);
      case "take-over":
      case "hand-back":
        return this.#takeOver(model, act.contact, act.do);
      case "speak":
        return this.#speak(model, act.contact);
      case "suspend":
      case "resume":
        return this.#suspend(model, act.bot, act.do);
      case "approve":
      case "edit":
      case "reject":
      case "withdraw":
        return this.#review(model, act.draft, act.do);
    }
  }

  async #write(
    model: Model,
    contact: number,
    copy: Extract<Act, { do: "write" }>["copy"],
  ): Promise<void> {
    const { botId = "" } = await this.account(botOfContact[contact] ?? 0);
    const marker = `q${++this.#made}q`;
    const duplicates = copy === null ? [] : [copy];
    this.world.wechat.userSends({ userId: this.userId(contact), botId, text: marker, duplicates });
    model.written.push({ marker, contact, botId });
  }

  async #takeOver(model: Model, contact: number, verb: "take-over" | "hand-back"): Promise<void> {
    const conversation = await this.#conversation(contact);
    if (!conversation) return;
    const isTaken = verb === "take-over";
    const answer = await this.world.api("POST", `/api/conversations/${conversation._id}/${verb}`);
    if (!answer?.ok) throw new Error(`${verb} was refused: ${answer?.status}`);
    if (isTaken !== model.takenOver.has(contact)) {
      count(model, `conversation.${isTaken ? "taken_over" : "handed_back"}`, conversation._id);
    }
    if (isTaken && !model.takenOver.has(contact)) {
      model.silentSince.set(contact, this.phone(contact).length);
    }
    if (isTaken) model.takenOver.add(contact);
    else model.takenOver.delete(contact);
  }

  async #speak(model: Model, contact: number): Promise<void> {
    const conversation = await this.#conversation(contact);
    if (!conversation) return;
    const marker = `o${++this.#made}o`;
    const body = { text: marker, clientKey: marker };
    const answer = await this.world.api(
      "POST",
      `/api/conversations/${conversation._id}/messages`,
      body,
    );
    if (answer?.ok) model.spoken.push({ marker, contact });
  }

  async #suspend(model: Model, bot: number, verb: "suspend" | "resume"): Promise<void> {
    const accountId = this.accountIds[bot] ?? "";
    const answer = await this.world.api("POST", `/api/accounts/${accountId}/${verb}`);
    if (!answer?.ok) return;
    const isChange = (verb === "suspend") !== model.suspended.has(bot);
    if (!isChange) return;
    count(model, verb === "suspend" ? "account.suspended" : "account.resumed", accountId);
    if (verb === "resume") model.suspended.delete(bot);
    else {
      model.suspended.add(bot);
      for (const [contact, of] of botOfContact.entries()) {
        if (of === bot) model.silentSince.set(contact, this.phone(contact).length);
      }
    }
  }

  async #review(
    model: Model,
    draft: number,
    verb: "approve" | "edit" | "reject" | "withdraw",
  ): Promise<void> {
    const open = (await this.runs()).filter(
      ({ status, review }) =>
        status === "awaiting_review" &&
        (verb === "withdraw") === ((review?.approvedAt ?? null) !== null),
    );
    const run = open[draft % Math.max(1, open.length)];
    if (!run) return;
    const path = `/api/reviews/${run._id}/${verb === "edit" ? "approve" : verb}`;
    const body = verb === "edit" ? { text: `e${++this.#made}e` } : {};
    const answer = await this.world.api("POST", path, body);
    const done = {
      approve: "approved",
      edit: "approved",
      reject: "rejected",
      withdraw: "withdrawn",
    };
    if (answer?.ok) count(model, `review.${done[verb]}`, run._id);
  }

  #conversation(contact: number): Promise<Conversation | null> {
    const conversations = this.world.db.collection<Conversation>("conversations");
    return conversations.findOne({ userId: this.userId(contact) });
  }

  /** Whether the hub has nothing left to do. */
  async isQuiet(): Promise<boolean> {
    const messages = this.world.db.collection("messages");
    const isDue = ({ status, review, unfinished }: AgentRun) =>
      unfinished || (status === "awaiting_review" && (review?.approvedAt ?? null) !== null);
    if ((await this.runs()).some(isDue)) return false;
    const open = { $or: [{ waiting: true }, { open: { $exists: true } }] };
    return (await messages.countDocuments(open, { limit: 1 })) === 0;
  }
}

function count({ changes }: Model, action: string, subjectId: string): void {
  const key = `${action} ${subjectId}`;
  changes.set(key, (changes.get(key) ?? 0) + 1);
}
