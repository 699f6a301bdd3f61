// Asks the server, again where it is busy or gone; a refusal is thrown, in the server's words.

import { fetchWithKey } from "./key.js";

const LONGEST_PAUSE_S = 10;

// onWait gets a sentence each time that the question has to be asked again.
export async function ask(path, { method = "POST", body, type, onWait = () => {} } = {}) {
  const headers = type ? { "Content-Type": type } : {};
  for (;;) {
    let response;
    try {
      response = await fetchWithKey(path, { method, body, headers });
    } catch {
      onWait("The server does not answer. Trying again …");
      await pause(2);
      continue;
    }
    if (response.ok) return response;
    if (response.status !== 503) throw new Error(await detailOf(response));
    onWait("The server is busy. Asking again …");
    await pause(Math.min(LONGEST_PAUSE_S, Number(response.headers.get("Retry-After")) || 1));
  }
}

export function askJson(path, document, settings = {}) {
  return ask(path, { ...settings, body: JSON.stringify(document), type: "application/json" });
}

async function detailOf(response) {
  try {
    return (await response.json()).detail;
  } catch {
    return `The server answers with ${response.status}.`;
  }
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}
