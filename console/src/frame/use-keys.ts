import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { usePlaces } from "./use-places.ts";

/** Pages where `g` by itself means something. */
const withOwnG = /^\/review(\/|$)/;

/** `?` for the list of keys; `g` and a letter within a second leads to a page; never while somebody writes. */
export function useKeys(onHelp: () => void): void {
  const [path, navigate] = useLocation();
  const seen = usePlaces();
  const pressedG = useRef(0);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const afterG = Date.now() - pressedG.current < 1_000;
      pressedG.current = event.key === "g" && !withOwnG.test(path) ? Date.now() : 0;
      const wanted = afterG ? seen.find(({ key }) => key === event.key) : undefined;
      if (wanted) {
        event.preventDefault();
        event.stopImmediatePropagation();
        navigate(wanted.path);
      } else if (event.key === "?") onHelp();
      else if (event.key === "/") {
        const search = document.querySelector("[data-search]");
        if (!(search instanceof HTMLElement)) return;
        event.preventDefault();
        search.focus();
      }
    };
    addEventListener("keydown", listen, { capture: true });
    return () => removeEventListener("keydown", listen, { capture: true });
  }, [path, navigate, onHelp, seen]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
