// Asks this server with a key, where it wants one: a person gives it once, for all that waits.

import { make } from "./element.js";

const KEPT = "mnist.key"; // as long as the tab is open
const PATIENCE_MS = 90_000; // longer than the server takes

let key = stored();
let asking = null; // while the person is asked: whether a key was given
let declined = false; // until the page is loaded again

// As `fetch`, of an address relative to the page. What is answered with 401 is asked again with a
// key, unless the person gives none. Each try is given up after a time.
export async function fetchWithKey(address, options = {}, patienceMs = PATIENCE_MS) {
  for (;;) {
    const used = key;
    const headers = new Headers(options.headers);
    if (used) headers.set("X-API-Key", used);
    const signals = [options.signal, AbortSignal.timeout(patienceMs)].filter(Boolean);
    const signal = AbortSignal.any(signals);
    const response = await fetch(address, { ...options, headers, signal });
    if (response.status !== 401 || declined) return response;
    if (key !== used) continue; // another request was given one in the meantime
    asking ??= person(Boolean(used)).finally(() => (asking = null));
    if (!(await asking)) return response;
  }
}

function stored() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(given) {
  key = given;
  try {
    sessionStorage.setItem(KEPT, given);
  } catch {
    // it is asked for again on the next page
  }
}

// Show a dialogue; resolve to whether a key was given.
function person(wasWrong) {
  const input = make("input", { type: "password", autocomplete: "current-password" });
  input.required = true;
  input.pattern = "\\s*[!-~]+\\s*"; // what a header can hold
  input.title = "A key is letters and digits of ASCII, without spaces in between.";
  const words = wasWrong ? "That key is not known." : "Whoever runs this server gives it to you.";
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", { id: "key-title" }, "This server wants a key"),
    make("p", {}, words),
    make("label", {}, "Key", input),
    make("button", { type: "submit", value: "given" }, "Use it"),
    make("button", { type: "submit", value: "", formNoValidate: true }, "Go on without"),
  );
  const dialog = make("dialog", { id: "key" }, form);
  dialog.setAttribute("aria-labelledby", "key-title");
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "given";
      declined = !given;
      if (given) keep(input.value.trim());
      dialog.remove();
      resolve(given);
    });
  });
}

const style = make("link", { rel: "stylesheet", href: new URL("key.css", import.meta.url).href });
document.head.append(style);
