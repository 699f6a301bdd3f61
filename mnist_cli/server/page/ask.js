// Asks the server, again where it is busy or gone; a refusal is thrown, in the server's words.

import { fetchWithKey } from "./key.js";

export const LOST_S = 2; // between questions to a server that is gone
const LONGEST_PAUSE_S = 10;
const MOST_TIMES = 10; // that a busy server is asked
const MOST_OF_PROXY = 5; // times that a proxy is asked which answers in the server's place, 20 s in all

// `body` may be what gives it, each time anew; `onWait` gets a sentence each time that the question
// has to be asked again. A refusal has its `status`, and the server's `code`; `no_answer` if a proxy
// answers in the server's place.
export async function ask(path, { method = "POST", body, type, signal, onWait = () => {} } = {}) {
  for (let [busy, proxys] = [0, 0]; ; ) {
    const content = body instanceof Function ? body() : body;
    const kind = type ?? (content instanceof Blob ? typeOf(content) : null);
    let response = null;
    try {
      response = await wholeAnswer(path, { method, body: content, signal, headers: kind ? { "Content-Type": kind } : {} });
    } catch (failure) {
      if (signal?.aborted) throw failure;
    }
    if (response?.ok) return response;
    const times = response && (isProxys(response) ? ++proxys : ++busy);
    if (response && !(await isOfUse(response, times))) throw await refusalOf(response);
    const isBusy = response?.status === 503;
    onWait(isBusy ? "The server is busy. Asking again …" : "The server does not answer. Trying again …");
    await pause(restAfter(response, times), signal);
  }
}

export function askJson(path, document, settings = {}) {
  return ask(path, { ...settings, body: JSON.stringify(document), type: "application/json" });
}

// Seconds until the next question, after so many answers of the kind.
function restAfter(response, times) {
  if (!response) return LOST_S;
  const usual = isProxys(response) ? LOST_S * times : 1;
  return Math.min(LONGEST_PAUSE_S, Number(response.headers.get("Retry-After")) || usual);
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
  return new Response(content, response);
}

// Tell whether a proxy answers in the server's place, whose own refusals are JSON.
function isProxys({ status, headers }) {
  return [502, 504].includes(status) && !/json/.test(headers.get("Content-Type"));
}

function typeOf(file) {
  return file.type.startsWith("image/") ? file.type : "image/unknown";
}

// Tell whether to ask once more what was answered so for the nth time: a server that is busy, or a
// proxy that may reach it again, but never what ends the processes that read it.
async function isOfUse(response, times) {
  if (isProxys(response)) return times < MOST_OF_PROXY;
  if (response.status !== 503 || times >= MOST_TIMES) return false;
  try {
    return (await response.clone().json()).code !== "worker_lost";
  } catch {
    return true;
  }
}

async function refusalOf(response) {
  const words = isProxys(response)
    ? `A proxy answers with ${response.status} in the server's place: the server is stopped, or takes too long.`
    : `The server answers with ${response.status}.`;
  const { code = "no_answer", detail = words } = await response.json().catch(() => ({}));
  return Object.assign(new Error(detail), { status: response.status, code });
}
