// See it think: what each layer of the network makes of a digit, and what spoke for and against it.
//
// The server is asked after its answer, while the panel is open, one question at a time: the newest.

import { bytesOf, find, make } from "./dom.js";
import { fetchWithKey } from "./key.js";
import { drawEvidence, drawMaps } from "./maps.js";

const REST_MS = 40; // before a question, so that what is drawn is read first
const LONGEST_REST_MS = 400; // while one draws on and on
const HARDLY = 0.05; // of what is for the answer: less against it is not worth a place
const NOTHING = "Draw a digit, and its layers show here.";

export class Thinking {
  #digit = null; // {digit, image, name} that is to be looked at
  #shown = null; // what the server made of it
  #isAsking = false;
  #isReading;

  // isReading says whether an answer is still to come.
  constructor(isReading) {
    this.#isReading = isReading;
    find("think").addEventListener("toggle", () => this.#look());
    new ResizeObserver(() => this.#draw()).observe(find("layers"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    this.show(null);
  }

  // digit is one of a record's, image what the network saw of it, a PNG in base64; or null.
  show(digit, image = "") {
    const isSame = digit && this.#digit?.image === image && this.#digit.digit === digit.digit;
    this.#digit = digit && image ? { digit: digit.digit, image } : null;
    if (!this.#digit) this.#forget();
    else if (!isSame) this.#look();
  }

  #forget() {
    this.#shown = null;
    find("thoughts").textContent = NOTHING;
    find("think-parts").hidden = true;
  }

  async #look() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (find("think").open && this.#digit && this.#digit !== this.#shown?.of) {
      await this.#rest();
      const asked = this.#digit;
      if (!asked) break;
      try {
        const shown = { ...(await lookAt(asked)), of: asked };
        if (this.#digit) this.#show(shown);
      } catch (failure) {
        if (this.#digit === asked) this.#fail(failure.message);
        break;
      }
    }
    this.#isAsking = false;
  }

  async #rest() {
    const until = performance.now() + LONGEST_REST_MS;
    do await new Promise((resolve) => setTimeout(resolve, REST_MS));
    while (this.#isReading() && performance.now() < until);
  }

  #fail(words) {
    this.#forget();
    find("thoughts").textContent = words;
  }

  #show(shown) {
    const names = (layers) => layers.map(({ name, shape }) => `${name} ${shape}`).join();
    const isNew = names(this.#shown?.layers ?? []) !== names(shown.layers);
    this.#shown = shown;
    find("think-parts").hidden = false;
    find("thoughts").textContent = inWords(shown);
    find("evidence").ariaLabel = inWords(shown);
    if (isNew) find("layers").replaceChildren(...shown.layers.map(figureOf));
    shown.layers.forEach(describe);
    this.#draw();
  }

  #draw() {
    if (!this.#shown) return;
    drawEvidence(find("evidence"), this.#shown.evidence.values);
    const canvases = find("layers").querySelectorAll("canvas");
    this.#shown.layers.forEach((layer, at) => drawMaps(canvases[at], layer));
  }
}

async function lookAt({ digit, image }) {
  let response;
  try {
    const headers = { "Content-Type": "image/png" };
    response = await fetchWithKey(`v1/layers?digit=${digit}`, { method: "POST", body: bytesOf(image), headers });
  } catch {
    throw new Error("The server does not answer.");
  }
  const document = await response.json();
  if (!response.ok) throw new Error(document.detail);
  return document;
}

function inWords({ digit, layers, evidence }) {
  const sum = (sign) => evidence.values.flat().reduce((whole, value) => whole + Math.max(0, sign * value), 0);
  const [favour, against] = [sum(1), sum(-1)];
  const said = evidence.for ? `Most of what is for the ${digit} stands ${evidence.for}` : `Nothing is for the ${digit}`;
  const other =
    evidence.against && against > HARDLY * favour
      ? `; most of what is against it, ${evidence.against}.`
      : "; hardly anything is against it.";
  const none = layers.length ? "" : " The layers of this model can't be looked into: serve a version, or a .tflite of mnist export.";
  return said + other + none;
}

function figureOf() {
  const figure = make("figure");
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  figure.append(make("figcaption"), canvas);
  return figure;
}

function describe({ name, shape: [filters, rows, columns], strongest }, at) {
  const figure = find("layers").children[at];
  const what = rows === 1 && columns === 1 ? `${filters} units` : `${filters} maps of ${rows}×${columns}`;
  figure.querySelector("figcaption").replaceChildren(make("b", "", name), ` ${what}; number ${strongest + 1} answers most`);
  figure.querySelector("canvas").ariaLabel = `Layer ${name}: ${what}. Number ${strongest + 1} answers most.`;
}
