import type { ComponentProps } from "react";
import Markdown from "react-markdown";
import remarkBreaks from "remark-breaks";
import "./wechat-text.css";

const plugins = [remarkBreaks];

/** Bubbles are no part of the page's outline, and nothing is fetched for them. */
const components = {
  h1: Heading,
  h2: Heading,
  h3: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  img: ({ alt }: ComponentProps<"img">) => alt ?? "",
  a: ({ href, children }: ComponentProps<"a">) => (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  ),
};

export default function Rendered({ text }: { text: string }) {
  return (
    <div className="wechat-text">
      <Markdown remarkPlugins={plugins} components={components}>
        {text}
      </Markdown>
    </div>
  );
}

function Heading({ children }: ComponentProps<"h1">) {
  return (
    <p>
      <strong>{children}</strong>
    </p>
  );
}
