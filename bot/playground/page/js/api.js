// Talking to the emulators' program. What it refuses arrives as a sentence that is shown as it is.

export class Refusal extends Error {}

async function answerOf(response) {
  const body = await response.json();
  if (!response.ok) throw new Refusal(body.error ?? `The playground answered ${response.status}.`);
  return body;
}

async function ask(url, options) {
  try {
    return await answerOf(await fetch(url, options));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("The playground does not answer. Is it still running?");
  }
}

export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== "");
  return ask(`/control/${path}?${new URLSearchParams(given)}`, { headers: { Accept: "application/json" } });
}

export function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return ask(`/control/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

export function postForm(path, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== null && each !== undefined) form.append(name, each);
  }
  return ask(`/control/${path}`, { method: "POST", body: form });
}
