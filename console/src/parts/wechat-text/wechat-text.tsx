import { lazy, Suspense } from "react";

const Rendered = lazy(() => import("./rendered.tsx"));

/**
 * A bot's words as WeChat shows them: it renders Markdown's headings, lists, bold and code
 * (reference/ilink.md 1.4). Until the renderer is read, and for all it does not know, the words themselves.
 */
export function WechatText({ text }: { text: string }) {
  return (
    <Suspense fallback={text}>
      <Rendered text={text} />
    </Suspense>
  );
}
