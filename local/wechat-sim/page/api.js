/** Calls a control verb; throws an Error with the simulator's own words. */
export async function post(verb, input = {}) {
  const response = await fetch(`/_sim/${verb}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  return read(response);
}

export async function get(name, query = {}) {
  const search = new URLSearchParams(query).toString();
  return read(await fetch(`/_sim/${name}${search ? `?${search}` : ""}`));
}

async function read(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.error?.message ?? `HTTP ${response.status}`);
  return body;
}
