import { useSyncExternalStore } from "react";

/** No more often than this is looked for one. */
const restMs = 60_000;

const listeners = new Set<() => void>();
let isThere = false;
let lookedAt = -restMs;
/** Which api answered this tab first. */
let firstVersion: string | null = null;

/** Whether the hub serves another build of the console than this tab runs. */
export function useNewBuild(): boolean {
  return useSyncExternalStore(subscribe, () => isThere);
}

/**
 * Reads the console's one document anew and compares which script it begins with: its name carries
 * the hash of the build. Call it when somebody comes back to the tab or something does not fit;
 * what cannot be read says nothing.
 */
export async function lookForNewBuild(): Promise<void> {
  const now = performance.now();
  const own = entryOf(document);
  if (isThere || own === null || now - lookedAt < restMs) return;
  lookedAt = now;
  const served = await readServed();
  if (served !== null && served !== own) tell();
}

/** Each answer names the version of the api; another one than before came with another console. */
export function noteVersion(version: string | null): void {
  if (version === null) return;
  firstVersion ??= version;
  if (version !== firstVersion) tell();
}

function tell(): void {
  isThere = true;
  for (const listener of listeners) listener();
}

async function readServed(): Promise<string | null> {
  const answer = await fetch("/", { cache: "no-cache" }).catch(() => null);
  if (!answer?.ok) return null;
  return entryOf(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function entryOf(page: Document): string | null {
  return page.querySelector('script[type="module"][src]')?.getAttribute("src") ?? null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
