// Language and colours are set before the first paint, so that neither flickers.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = localStorage.getItem("mantine-color-scheme-value");
  const scheme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
  root.setAttribute("data-mantine-color-scheme", scheme);
  const language = localStorage.getItem("hub-language") ?? navigator.language;
  root.lang = language.startsWith("zh") ? "zh-CN" : "en";
})();
