/** The page's own style and script; each is let through by the nonce of its answer. */
export const rescanStyle = `
:root {
  color-scheme: light dark;
  --ground: #eef2f1; --card: #fff; --text: #14201c; --soft: #52605a; --line: #d9e1de;
  --strong: #0f766e; --on-strong: #fff; --bad: #a3201d; --warn: #8a5200;
  --tint: #e6f4f1; --bad-tint: #fbe9e7; --warn-tint: #fdf1dc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101413; --card: #1a211f; --text: #edf3f1; --soft: #b0beb8; --line: #33403b;
    --strong: #5fd3bd; --on-strong: #05211c; --bad: #ff9d97; --warn: #f5c26b;
    --tint: #16322d; --bad-tint: #3a201f; --warn-tint: #37290f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text); line-height: 1.55;
  font-family: system-ui, -apple-system, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
    "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif;
}
main { max-width: 28rem; margin: 0 auto; padding: .75rem .5rem 2rem; }
header {
  display: flex; justify-content: space-between; align-items: center; gap: 1rem;
  padding: .25rem .75rem .75rem;
}
h1 { font-size: 1rem; font-weight: 600; margin: 0; }
header a { color: var(--strong); white-space: nowrap; padding: .5rem 0 .5rem .5rem; }
.card {
  padding: 1.25rem 1rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem;
}
@media (min-width: 32rem) {
  main { padding-top: 3rem; }
  .card { padding: 1.75rem 2rem 2rem; }
}
.bot { margin: 0; text-align: center; color: var(--soft); overflow-wrap: anywhere; }
.steps {
  display: flex; gap: .5rem; margin: 1rem 0 0; padding: 0; list-style: none;
  font-size: .875rem; color: var(--soft);
}
.steps li { flex: 1; padding-top: .4rem; text-align: center; border-top: .25rem solid var(--line); }
[data-step="0"] .steps { display: none; }
[data-step="1"] .steps li:nth-child(-n + 1),
[data-step="2"] .steps li:nth-child(-n + 2),
[data-step="3"] .steps li { border-color: var(--strong); color: var(--text); }
.status {
  margin: 1.5rem 0 .75rem; font-size: 1.3rem; font-weight: 650; line-height: 1.35;
  text-align: center; text-wrap: balance;
}
.status::before {
  content: ""; display: none; width: 4rem; height: 4rem; margin: 0 auto 1rem; border-radius: 50%;
  font-size: 2rem; line-height: 4rem; font-weight: 700;
}
[data-mark="warning"] .status::before, [data-mark="stop"] .status::before,
[data-mark="done"] .status::before, [data-mark="busy"] .status::before { display: block; }
[data-mark="warning"] .status::before { content: "!"; content: "!" / ""; color: var(--warn); background: var(--warn-tint); }
[data-mark="stop"] .status::before { content: "×"; content: "×" / ""; color: var(--bad); background: var(--bad-tint); }
[data-mark="done"] .status::before { content: "✓"; content: "✓" / ""; color: var(--strong); background: var(--tint); }
[data-mark="busy"] .status::before {
  border: .35rem solid var(--tint); border-top-color: var(--strong);
  animation: turn 1.2s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) {
  [data-mark="busy"] .status::before { animation: none; }
}
h2 { font-size: 1rem; margin: 0 0 .25rem; }
p, ol { margin: .5rem 0; }
ol { padding-left: 1.4rem; }
section { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.explain { text-align: center; text-wrap: pretty; }
.hint { margin: 1rem 0; padding: .75rem 1rem; background: var(--tint); border-radius: .6rem; }
.soft { color: var(--soft); font-size: .9375rem; }
.bad { color: var(--bad); font-weight: 600; }
.qr {
  display: block; width: 100%; max-width: 20rem; aspect-ratio: 1; height: auto;
  margin: 0 auto; background: #fff; border: 1px solid var(--line); border-radius: .75rem;
}
button, .button {
  display: block; width: 100%; margin: 1.25rem 0 0; padding: .85rem 1rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; border: 1px solid var(--strong);
  border-radius: .6rem; background: var(--strong); color: var(--on-strong); cursor: pointer;
}
.button.quiet { margin: .75rem 0; background: transparent; color: var(--strong); }
label { display: block; font-weight: 600; margin-top: 1rem; }
input {
  display: block; width: 100%; margin-top: .35rem; padding: .7rem; font: inherit; font-size: 1.5rem;
  letter-spacing: .25em; text-align: center; color: inherit; background: transparent;
  border: 1px solid var(--soft); border-radius: .6rem;
}
input[aria-invalid] { border: 2px solid var(--bad); }
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
  const card = document.getElementById("card");
  let timer = 0;
  let asking = false;
  const show = (next) => {
    if (status.textContent !== next.status) status.textContent = next.status;
    if (next.key === state.dataset.key) return;
    card.dataset.mark = next.mark;
    card.dataset.step = next.step;
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
