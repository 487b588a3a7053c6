import { actions, useActionName } from "#console/parts/action-names.ts";
import { statusTexts } from "#console/parts/status-badge.tsx";
import { useTexts, type Texts } from "#console/texts/texts.ts";
import { classTexts, stepTexts } from "./step-texts.ts";

/** A class of failure in words; one that is new to the console as the api writes it. */
export function useClassName(): (errorClass: string) => string {
  const t = useTexts<Texts>(classTexts);
  return (errorClass) => (errorClass in classTexts ? t(errorClass) : errorClass);
}

/** A step of a run's timeline in words. */
export function useStepName(): (what: string) => string {
  const t = useTexts<Texts>(stepTexts);
  const statusName = useTexts<Texts>(statusTexts);
  const actionName = useActionName();
  const className = useClassName();
  return (what) => {
    if (what in stepTexts) return t(what);
    if (/^(review|run)\./.test(what) && actions.includes(what)) return actionName(what);
    if (what === "hermes.answer") return t("answered");
    const [, status = ""] = what.split("run.");
    if (status in statusTexts) return statusName(status);
    return what in classTexts ? className(what) : what.replaceAll(/[._]/g, " ");
  };
}
