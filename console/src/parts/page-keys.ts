import { useEffect, useSyncExternalStore } from "react";

/** One key of the page in sight and what it does, in the reader's language. */
export type PageKey = { key: string; text: string };

const none: readonly PageKey[] = [];
let shown = none;
const listeners = new Set<() => void>();

function show(keys: readonly PageKey[]): void {
  shown = keys;
  for (const tell of listeners) tell();
}

/** Has the list behind `?` name these keys too while the page is in sight. */
export function useShowKeys(keys: readonly PageKey[]): void {
  const words = JSON.stringify(keys);
  useEffect(() => {
    show(keys);
    return () => show(none);
    // Their words decide, not the array that a page writes in place.
  }, [words]);
}

export function usePageKeys(): readonly PageKey[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => shown,
  );
}

/** Whether a dialog is open, so that keys mean it and not the page behind. */
export function isDialogOpen(): boolean {
  return document.querySelector("[role=dialog]") !== null;
}
