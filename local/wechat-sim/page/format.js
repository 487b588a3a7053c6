/** Hours, minutes and seconds: 23:59:07. */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function clockTime(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour12: false });
}

/** How long the bot may still write. */
export function windowText(app, endsAt) {
  const leftMs = endsAt - app.now();
  return leftMs <= 0 ? app.t("shut") : duration(leftMs);
}
