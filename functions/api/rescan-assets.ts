/** The page's own style and script; each is let through by the nonce of its answer. */
export const rescanStyle = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f4; --card: #fff; --text: #16201b; --soft: #4c5a53; --line: #d5ddd9;
  --strong: #06693a; --on-strong: #fff; --bad: #a3201d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111614; --card: #1b2320; --text: #eef3f0; --soft: #b3c0ba; --line: #36423d;
    --strong: #5fd39a; --on-strong: #06210f; --bad: #ff9d97;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text); line-height: 1.5;
  font-family: system-ui, -apple-system, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
    "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif;
}
main {
  max-width: 28rem; margin: 0 auto; padding: 1.25rem 1rem 2rem;
  background: var(--card); min-height: 100vh;
}
@media (min-width: 32rem) {
  body { padding: 3rem 1rem; }
  main { min-height: 0; padding: 2rem; border: 1px solid var(--line); border-radius: .75rem; }
}
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: var(--soft); }
header a { color: var(--strong); white-space: nowrap; padding: .25rem 0; }
.bot { margin: .25rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
.status { margin: 1rem 0; font-size: 1.25rem; font-weight: 600; line-height: 1.35; }
h2 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p, ol { margin: .5rem 0; }
ol { padding-left: 1.4rem; }
.soft { color: var(--soft); }
.bad { color: var(--bad); font-weight: 600; }
.qr {
  display: block; width: 100%; max-width: 20rem; aspect-ratio: 1; height: auto;
  margin: 0 auto; background: #fff; border-radius: .5rem;
}
button, .button {
  display: block; width: 100%; margin: 1rem 0; padding: .8rem 1rem; font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; border: 1px solid var(--strong); border-radius: .5rem;
  background: var(--strong); color: var(--on-strong); cursor: pointer;
}
.button.quiet { background: transparent; color: var(--strong); }
label { display: block; font-weight: 600; margin-top: 1rem; }
input {
  display: block; width: 100%; margin-top: .35rem; padding: .7rem; font: inherit; font-size: 1.5rem;
  letter-spacing: .25em; text-align: center; color: inherit; background: transparent;
  border: 1px solid var(--soft); border-radius: .5rem;
}
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
`;

/**
 * While a login goes on it asks for its state and shows what changed, so that typed digits and the
 * reader's place stay; it rests while nobody looks. Without scripts the page reloads by itself.
 */
export const rescanScript = `
(() => {
  const status = document.getElementById("status");
  const state = document.getElementById("state");
  let timer = 0;
  let asking = false;
  const show = (next) => {
    if (status.textContent !== next.status) status.textContent = next.status;
    if (next.key === state.dataset.key) return;
    state.dataset.key = next.key;
    state.innerHTML = next.body;
    if (!next.goesOn) rest();
  };
  const look = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(state.dataset.from, { cache: "no-store" });
      show(await answer.json());
    } catch {
      status.textContent = state.dataset.offline;
    } finally {
      asking = false;
    }
  };
  const rest = () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
  if (!("goesOn" in state.dataset)) return;
  timer = setInterval(look, 3000);
  document.addEventListener("visibilitychange", look);
})();
`;
