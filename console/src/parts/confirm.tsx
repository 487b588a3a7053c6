import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useState,
  type ReactNode,
} from "react";

const ConfirmDialog = lazy(() => import("./confirm-dialog.tsx"));

export type Question = {
  title: string;
  /** What it brings about, and whether it can be taken back. */
  text: ReactNode;
  /** The verb on the button. */
  confirm: string;
  danger?: boolean;
};
type Ask = (question: Question) => Promise<boolean>;

const ConfirmContext = createContext<Ask | null>(null);

/** Gives `useConfirm` its dialog. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ question: Question; answer(yes: boolean): void } | null>(
    null,
  );
  const [opened, setOpened] = useState(false);
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((resolve) => {
        setAsked({ question, answer: resolve });
        setOpened(true);
      }),
    [],
  );
  const settle = (yes: boolean) => {
    asked?.answer(yes);
    setOpened(false);
  };
  return (
    <ConfirmContext value={ask}>
      {children}
      {asked && (
        <Suspense>
          <ConfirmDialog question={asked.question} opened={opened} onSettle={settle} />
        </Suspense>
      )}
    </ConfirmContext>
  );
}

/** Asks before something that cannot be taken back: `if (await confirm({…})) …`. */
export function useConfirm(): Ask {
  const ask = useContext(ConfirmContext);
  if (!ask) throw new Error("useConfirm needs a ConfirmProvider above it.");
  return ask;
}
