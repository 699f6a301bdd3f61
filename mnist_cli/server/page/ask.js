// Asks the server, again where it is busy or gone; a refusal is thrown, in the server's words.

import { fetchWithKey } from "./key.js";

const LONGEST_PAUSE_S = 10;
const MOST_TIMES = 10; // that a busy server is asked

// onWait gets a sentence each time that the question has to be asked again.
export async function ask(path, { method = "POST", body, type, onWait = () => {} } = {}) {
  const headers = type ? { "Content-Type": type } : {};
  for (let times = 1; ; ) {
    let response;
    try {
      response = await fetchWithKey(path, { method, body, headers });
    } catch {
      onWait("The server does not answer. Trying again …");
      await pause(2);
      continue;
    }
    if (response.ok) return response;
    if (!(await isOfUse(response, times++))) throw new Error(await detailOf(response));
    onWait("The server is busy. Asking again …");
    await pause(Math.min(LONGEST_PAUSE_S, Number(response.headers.get("Retry-After")) || 1));
  }
}

export function askJson(path, document, settings = {}) {
  return ask(path, { ...settings, body: JSON.stringify(document), type: "application/json" });
}

// Tell whether to ask once more what was answered so for the nth time: a server that is busy, but
// never what ends the processes that read it.
export async function isOfUse(response, times) {
  if (response.status !== 503 || times >= MOST_TIMES) return false;
  try {
    return (await response.clone().json()).code !== "worker_lost";
  } catch {
    return true;
  }
}

export async function detailOf(response) {
  try {
    return (await response.json()).detail;
  } catch {
    return `The server answers with ${response.status}.`;
  }
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}
