// Asks the server what is written: one question at a time, always about what is on the paper now.

import { ask, LOST_S, pause } from "./ask.js";

const REST_S = 0.1; // between questions while one draws, so that the last is not held up by others

export class Reader {
  #waiting = null; // the next question: {getBlob, picture, stop}
  #asked = null; // the one that is being answered
  #on;

  // on.answer gets {record} or {problem}; on.connection a sentence, or nothing once all is well;
  // on.busy whether an answer is still to come.
  constructor(on) {
    this.#on = on;
  }

  // Have what `getBlob` gives read soon; what was asked about an earlier picture is given up.
  read(getBlob, picture) {
    this.#waiting = { getBlob, picture, stop: new AbortController() };
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

  // Name the version of the model, as soon as the server is there and not busy.
  async model() {
    for (;;) {
      try {
        const response = await ask("v2/models/mnist", { method: "GET" });
        return (await response.json()).versions[0];
      } catch (refusal) {
        if (![502, 503, 504].includes(refusal.status)) return "…"; // who has no key is not told
        await pause(LOST_S);
      }
    }
  }

  async #run() {
    this.#on.busy(true);
    while (this.#waiting) {
      const { getBlob, stop: { signal } } = (this.#asked = this.#waiting);
      this.#waiting = null;
      const answer = await this.#answer(getBlob, signal);
      if (signal.aborted) continue;
      this.#on.connection("");
      if (!this.#waiting || answer.record) this.#on.answer(answer);
      if (this.#waiting) await pause(REST_S, signal);
    }
    this.#asked = null;
    this.#on.connection("");
    this.#on.busy(false);
  }

  async #answer(getBlob, signal) {
    try {
      const onWait = (words) => this.#on.connection(words);
      const response = await ask("v1/predict?explain=true&top_k=10", { body: getBlob, signal, onWait });
      const record = await response.json();
      if (Array.isArray(record)) throw new Error("It has several pages: open it under Pictures.");
      return { record };
    } catch (problem) {
      return { problem };
    }
  }
}
