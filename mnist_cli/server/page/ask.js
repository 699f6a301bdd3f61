// Asks the server, again where it is busy or gone; a refusal is thrown, in the server's words.

import { fetchWithKey } from "./key.js";

export const LOST_S = 2; // between questions to a server that is gone
const LONGEST_PAUSE_S = 10;
const MOST_TIMES = 10; // that a busy server is asked

// `body` may be what gives it, each time anew; `onWait` gets a sentence each time that the question
// has to be asked again. A refusal has its `status`, and the server's `code`.
export async function ask(path, { method = "POST", body, type, signal, onWait = () => {} } = {}) {
  for (let times = 1; ; ) {
    const content = body instanceof Function ? body() : body;
    const kind = type ?? (content instanceof Blob ? typeOf(content) : null);
    let response;
    try {
      response = await wholeAnswer(path, { method, body: content, signal, headers: kind ? { "Content-Type": kind } : {} });
    } catch (failure) {
      if (signal?.aborted) throw failure;
      onWait("The server does not answer. Trying again …");
      await pause(LOST_S, signal);
      continue;
    }
    if (response.ok) return response;
    if (!(await isOfUse(response, times++))) throw await refusalOf(response);
    onWait("The server is busy. Asking again …");
    await pause(Math.min(LONGEST_PAUSE_S, Number(response.headers.get("Retry-After")) || 1), signal);
  }
}

export function askJson(path, document, settings = {}) {
  return ask(path, { ...settings, body: JSON.stringify(document), type: "application/json" });
}

// Wait, or until it is given up.
export function pause(seconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", resolve, { once: true });
  });
}

// An answer once all of it is there, as the connection may be lost in its middle.
async function wholeAnswer(path, options) {
  const response = await fetchWithKey(path, options);
  const content = await response.arrayBuffer();
  if (isGateways(response)) throw new Error("A proxy does not reach the server.");
  return new Response(content, response);
}

// Tell whether a proxy answers in the server's place, whose own refusals are JSON.
function isGateways({ status, headers }) {
  return [502, 504].includes(status) && !/json/.test(headers.get("Content-Type"));
}

function typeOf(file) {
  return file.type.startsWith("image/") ? file.type : "image/unknown";
}

// Tell whether to ask once more what was answered so for the nth time: a server that is busy, but
// never what ends the processes that read it.
async function isOfUse(response, times) {
  if (response.status !== 503 || times >= MOST_TIMES) return false;
  try {
    return (await response.clone().json()).code !== "worker_lost";
  } catch {
    return true;
  }
}

async function refusalOf(response) {
  const words = `The server answers with ${response.status}.`;
  const { code = "", detail = words } = await response.json().catch(() => ({}));
  return Object.assign(new Error(detail), { status: response.status, code });
}
