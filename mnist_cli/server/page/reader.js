// Asks the server what is written: one question at a time, always about the newest drawing.

import { fetchWithKey } from "./key.js";

const PAUSE_MS = 2000; // between questions whether a server that was lost is back

export class Reader {
  #waiting = null;
  #busy = false;
  #onAnswer;
  #onConnection;

  // onAnswer gets {record} or {problem}; onConnection a sentence, or nothing once all is well.
  constructor(onAnswer, onConnection) {
    this.#onAnswer = onAnswer;
    this.#onConnection = onConnection;
  }

  // Have what `getBlob` gives read soon; what was asked before and not answered is passed over.
  async read(getBlob) {
    this.#waiting = getBlob;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting) {
      const question = this.#waiting;
      this.#waiting = null;
      const answer = await this.#ask(question);
      if (answer === null) this.#waiting ??= question; // not answered: once more
      else if (!this.#waiting || answer.record) this.#onAnswer(answer, question);
    }
    this.#busy = false;
  }

  // Forget what was asked.
  drop() {
    this.#waiting = null;
  }

  // Name the version of the model, as soon as the server is there.
  async model() {
    try {
      const response = await fetchWithKey("v2/models/mnist");
      return response.status === 401 ? "…" : (await response.json()).versions[0];
    } catch {
      await this.#untilBack();
      return this.model();
    }
  }

  async #ask(getBlob) {
    const blob = await getBlob();
    if (!blob) return { problem: { detail: "This browser does not give the drawing to the page." } };
    try {
      const response = await fetchWithKey("v1/predict?explain=true&top_k=10", {
        method: "POST",
        headers: { "Content-Type": blob.type.startsWith("image/") ? blob.type : "image/unknown" },
        body: blob,
      });
      if (response.status === 503) {
        this.#onConnection("The server is busy. Asking again …");
        await pause(1000 * (Number(response.headers.get("Retry-After")) || 1));
        return null;
      }
      const document = await response.json();
      this.#onConnection("");
      return response.ok ? { record: document } : { problem: document };
    } catch {
      await this.#untilBack();
      return null;
    }
  }

  async #untilBack() {
    this.#onConnection("The server does not answer. Trying again …");
    while (!(await isThere())) await pause(PAUSE_MS);
    this.#onConnection("");
  }
}

async function isThere() {
  try {
    return (await fetch("healthz", { signal: AbortSignal.timeout(PAUSE_MS) })).ok;
  } catch {
    return false;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
