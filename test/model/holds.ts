import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { checkMessages, checkStates, noFindings, type Findings } from "../proof/check.ts";
import { markers, type Model } from "./model.ts";
import type { Real } from "./real.ts";
import { botOfContact } from "./steps.ts";

/** After every step: nobody is written to by a suspended bot, nor by Hermes where a person answers. */
export function mustBeSilent(real: Real, model: Model): void {
  for (const [contact, bot] of botOfContact.entries()) {
    const isSuspended = model.suspended.has(bot);
    if (!isSuspended && !model.takenOver.has(contact)) continue;
    const since = real.phone(contact).slice(model.silentSince.get(contact) ?? 0);
    const wrong = since.filter((text) => isSuspended || !text.match(markers.operator));
    if (wrong.length > 0) {
      const why = isSuspended ? "the bot is suspended" : "a person answers";
      throw new Error(`Contact ${contact} reads “${wrong.join(" | ")}” while ${why}.`);
    }
  }
}

/** The troubles end, everybody writes once more, and the hub goes on until nothing is left to do. */
export async function settle(real: Real, model: Model): Promise<void> {
  const { world } = real;
  if (model.isHermesAway) await real.step(model, { do: "hermes-returns" });
  for (const bot of model.suspended) await real.step(model, { do: "resume", bot });
  for (const bot of model.expired) await real.logIn(model, bot);
  await world.until("what was begun is done", async () => await isAllStored(real, model));
  for (const [contact] of botOfContact.entries()) {
    if (model.takenOver.has(contact)) await real.step(model, { do: "hand-back", contact });
    await real.step(model, { do: "write", contact, copy: null });
  }
  await world.until("nothing waits", async () => {
    return (await isAllStored(real, model)) && (await real.isQuiet());
  });
  await world.goOn();
}

/** What is wrong in the end; all empty when all held. */
export async function findingsOf(real: Real, model: Model): Promise<Findings> {
  const findings = noFindings();
  await checkMessages(real.world, findings);
  await checkStates(real.world, findings);
  await checkTexts(real, model, findings);
  await checkAudit(real, model, findings);
  const overlaps = Object.values(real.world.wechat.overlaps()).filter((count) => count > 0);
  for (const count of overlaps) findings.duplicated.push(`${count} polls at the same time`);
  return findings;
}

function inbound({ world }: Real): Promise<InboundMessage[]> {
  const messages = world.db.collection<InboundMessage>("messages");
  return messages.find({ direction: "inbound" }).toArray();
}

async function isAllStored(real: Real, { written }: Model): Promise<boolean> {
  const texts = new Set((await inbound(real)).map(({ text }) => text));
  const botIds = await currentBotIds(real);
  return written.every(({ marker, botId }) => texts.has(marker) || !botIds.has(botId));
}

async function currentBotIds(real: Real): Promise<Set<string>> {
  const accounts = await Promise.all(real.accountIds.map((_, bot) => real.account(bot)));
  return new Set(accounts.map(({ botId = "" }) => botId));
}

async function checkTexts(real: Real, model: Model, findings: Findings): Promise<void> {
  const [messages, runs, botIds] = [
    await inbound(real),
    await real.runs(),
    await currentBotIds(real),
  ];
  const reads = new Map<number, string[]>(botOfContact.map((_, contact) => [contact, []]));
  const expected = new Map<number, string[]>(botOfContact.map((_, contact) => [contact, []]));
  for (const contact of reads.keys()) {
    reads.set(contact, real.phone(contact).join("\n").match(markers.any) ?? []);
  }
  for (const { marker, contact, botId } of model.written) {
    const [message, ...copies] = messages.filter(({ text }) => text === marker);
    if (copies.length > 0) findings.duplicated.push(`stored ${copies.length + 1} times: ${marker}`);
    if (!message) {
      if (botIds.has(botId)) findings.lost.push(`not stored: ${marker}`);
      continue;
    }
    const run = runs.findLast(({ messageIds }) => messageIds.includes(message._id));
    if (run && ["error", "parked"].includes(run.status)) {
      findings.stuck.push(`${marker} is in a run that is ${run.status}: ${run.error}`);
    }
    const told = toldBy(run, marker);
    if (told && !expected.get(contact)?.includes(told)) expected.get(contact)?.push(told);
  }
  for (const { marker, contact } of model.spoken) expected.get(contact)?.push(marker);
  for (const [contact, wanted] of expected) compare(wanted, reads.get(contact) ?? [], findings);
  checkOrder(real, model, runs, messages, findings);
}

/** What the contact reads of a run; null for one whose answer was not to go out. */
function toldBy(run: AgentRun | undefined, marker: string): string | null {
  if (run?.status !== "sent") return null;
  return run.review?.editedText ?? marker;
}

function compare(wanted: readonly string[], read: readonly string[], findings: Findings): void {
  for (const marker of wanted) {
    const times = read.filter((each) => each === marker).length;
    if (times === 0) findings.lost.push(`not on the phone: ${marker}`);
    if (times > 1) findings.duplicated.push(`${times} times on the phone: ${marker}`);
  }
  const unasked = read.filter((marker) => !wanted.includes(marker));
  if (unasked.length > 0) findings.duplicated.push(`on the phone, not to be: ${unasked.join(" ")}`);
}

/** Answers that nobody decided come in the order of their questions, and so do a person's words. */
function checkOrder(
  real: Real,
  model: Model,
  runs: readonly AgentRun[],
  messages: readonly InboundMessage[],
  { outOfOrder }: Findings,
): void {
  const decided = runs.flatMap(({ review, messageIds }) => (review?.approvedAt ? messageIds : []));
  const late = messages.flatMap(({ _id, text }) => (decided.includes(_id) ? [text] : []));
  for (const [contact] of botOfContact.entries()) {
    const shown = real.phone(contact).join("\n");
    for (const [markersOf, all] of [
      [markers.contact, model.written],
      [markers.operator, model.spoken],
    ] as const) {
      const read = (shown.match(markersOf) ?? []).filter((marker) => !late.includes(marker));
      const places = read.map((read) => all.findIndex(({ marker }) => marker === read));
      if (places.some((place, at) => place < (places[at - 1] ?? 0))) outOfOrder.push(shown);
    }
  }
}

/** Each change that an operator was told of has its line, and no other has one. */
async function checkAudit({ world }: Real, { changes }: Model, findings: Findings): Promise<void> {
  const lines = await world.db.collection<AuditLine>("audit_log").find().toArray();
  const kinds = /^(account\.(suspended|resumed)|conversation|review)/;
  const found = Map.groupBy(
    lines.filter(({ action }) => kinds.test(action)),
    ({ action, subjectId }) => `${action} ${subjectId}`,
  );
  for (const key of new Set([...changes.keys(), ...found.keys()])) {
    const [wanted, there] = [changes.get(key) ?? 0, found.get(key)?.length ?? 0];
    if (there < wanted) findings.lost.push(`audit: ${key}, ${there} of ${wanted}`);
    if (there > wanted) findings.duplicated.push(`audit: ${key}, ${there} for ${wanted}`);
  }
}
