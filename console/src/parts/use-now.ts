import { useEffect, useState } from "react";

/** The time, moving on every `stepMs` while the tab is seen. */
export function useNow(stepMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const step = () => {
      if (!document.hidden) setNow(Date.now());
    };
    const timer = setInterval(step, stepMs);
    document.addEventListener("visibilitychange", step);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", step);
    };
  }, [stepMs]);
  return now;
}
