import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

/**
 * A page's filters, kept in its address so that it can be sent to somebody. What is empty is left
 * out. `active` says whether any is set.
 */
export function useFilters<const K extends string>(names: readonly K[]) {
  const [params, setParams] = useSearchParams();
  const key = names.join();
  const values = useMemo(() => {
    const found: Partial<Record<K, string>> = {};
    for (const name of names) {
      const value = params.get(name);
      if (value !== null && value !== "") found[name] = value;
    }
    return found;
    // A caller may write its names in place; their words count, not the array.
  }, [params, key]);
  const set = useCallback(
    (name: K, value: string | null) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === null || value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  const clear = useCallback(
    () =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const name of names) after.delete(name);
          return after;
        },
        { replace: true },
      ),
    [setParams, key],
  );
  return { values, set, clear, active: Object.keys(values).length > 0 };
}
