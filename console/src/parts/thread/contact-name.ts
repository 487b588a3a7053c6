import { useTexts } from "#console/texts/texts.ts";
import { threadTexts } from "./texts.ts";

/** What operators called the contact, else enough of its WeChat id to tell it from others. */
export function useContactName(): (contact: { alias: string | null; userId: string }) => string {
  const t = useTexts(threadTexts);
  return ({ alias, userId }) => {
    if (alias !== null) return alias;
    const [id = userId] = userId.split("@");
    return t("unnamed", { id: id.length > 12 ? `${id.slice(0, 5)}…${id.slice(-5)}` : id });
  };
}
