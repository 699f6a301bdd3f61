// Asks the server what is written: one question at a time, always about what is on the paper now.

import { detailOf, isOfUse } from "./ask.js";
import { fetchWithKey } from "./key.js";

const PAUSE_MS = 2000; // between questions whether a server that was lost is back
const REST_MS = 100; // between questions while one draws, so that the last is not held up by others

export class Reader {
  #waiting = null; // the next question: {getBlob, picture, stop, times}
  #asked = null; // the one that is being answered
  #on;

  // on.answer gets {record} or {problem}; on.connection a sentence, or nothing once all is well;
  // on.busy whether an answer is still to come.
  constructor(on) {
    this.#on = on;
  }

  // Have what `getBlob` gives read soon; what was asked about an earlier picture is given up.
  read(getBlob, picture) {
    this.#waiting = { getBlob, picture, stop: new AbortController(), times: 0 };
    if (this.#asked && this.#asked.picture !== picture) this.#asked.stop.abort();
    if (!this.#asked) this.#run();
  }

  get isBusy() {
    return this.#asked !== null;
  }

  // What is on the paper stays so for now: do not wait for the answer about a moment before.
  hurry() {
    if (this.#waiting) this.#asked?.stop.abort();
  }

  // Forget what was asked.
  drop() {
    this.#waiting = null;
    this.#asked?.stop.abort();
  }

  // Name the version of the model, as soon as the server is there.
  async model() {
    for (;;) {
      try {
        const response = await fetchWithKey("v2/models/mnist");
        return response.status === 401 ? "…" : (await response.json()).versions[0];
      } catch {
        await pause(PAUSE_MS);
      }
    }
  }

  async #run() {
    this.#on.busy(true);
    while (this.#waiting) {
      const question = this.#waiting;
      this.#waiting = null;
      this.#asked = question;
      const answer = await this.#ask(question);
      if (question.stop.signal.aborted) continue;
      if (answer === null) this.#waiting ??= question; // not answered: once more
      else if (!this.#waiting || answer.record) this.#on.answer(answer);
      if (this.#waiting) await pause(REST_MS, question.stop.signal);
    }
    this.#asked = null;
    this.#on.connection("");
    this.#on.busy(false);
  }

  // Return the answer; null if there is none, or the question was given up.
  async #ask(question) {
    const { getBlob, stop: { signal } } = question;
    const blob = getBlob();
    if (!blob) return { problem: { detail: "This browser does not give the drawing to the page." } };
    try {
      const response = await fetchWithKey("v1/predict?explain=true&top_k=10", {
        method: "POST",
        headers: { "Content-Type": blob.type.startsWith("image/") ? blob.type : "image/unknown" },
        body: blob,
        signal,
      });
      question.times++;
      if (await isOfUse(response, question.times)) {
        this.#on.connection("The server is busy. Asking again …");
        await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), signal);
        return null;
      }
      if (response.status === 503) {
        this.#on.connection("");
        return { problem: { detail: await detailOf(response) } };
      }
      const document = await response.json();
      this.#on.connection("");
      return response.ok ? { record: document } : { problem: document };
    } catch {
      if (!signal.aborted) await this.#untilBack(signal);
      return null;
    }
  }

  async #untilBack(signal) {
    this.#on.connection("The server does not answer. Trying again …");
    while (!signal.aborted && !(await isThere())) await pause(PAUSE_MS, signal);
  }
}

async function isThere() {
  try {
    return (await fetch("healthz", { signal: AbortSignal.timeout(PAUSE_MS) })).ok;
  } catch {
    return false;
  }
}

// Wait, or until it is given up.
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", resolve, { once: true });
  });
}
