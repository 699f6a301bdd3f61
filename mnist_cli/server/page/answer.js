// Shows what was read: the number, how sure it is, each digit's probabilities, what the network saw.

import { find, make, percent } from "./dom.js";
import { looksLikeNone, verdict } from "./words.js";

const QUIET_MS = 700; // the answer stands still for so long before it is spoken
const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==";
const SIZES = [[3, 112], [5, 72], [9, 44], [Infinity, 28]]; // digits a line, and px of the number
const TALL = 124; // px that the number has for all its lines
const SEEN = "28×28 pixels, cut out of the drawing, centred and scaled as in MNIST.";

export class Answer {
  #chosen = 0;
  #record = null;
  #onPaper;
  #onDigit;
  #speaking;

  // onPaper(box, size) says where on the paper a box of the picture is; onDigit gets the chosen
  // digit and its 28×28 image, or null.
  constructor(onPaper, onDigit) {
    this.#onPaper = onPaper;
    this.#onDigit = onDigit;
    for (let digit = 0; digit < 10; digit++) {
      const item = make("li");
      item.append(make("span", "share"), make("div", "bar"), make("span", "", `${digit}`));
      find("bars").append(item);
    }
    this.showNothing();
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => letKeysScroll(target)));
    for (const id of ["number", "verdict"]) sizes.observe(find(id));
    find("digits").addEventListener("keydown", (event) => this.#step(event));
  }

  showNothing() {
    this.#showText("–", "Nothing drawn yet", "empty");
    this.#showDigits(null);
    find("explanation").textContent = SEEN;
  }

  showWaiting() {
    this.#showText("–", "Not read yet", "empty");
    this.#showDigits(null);
    find("explanation").textContent = SEEN;
  }

  // What is shown belongs to a picture that is no longer on the paper.
  showGone() {
    document.querySelector(".answer").classList.add("gone");
    find("boxes").replaceChildren();
  }

  // Whether an answer is still to come; the one that is shown is of an earlier moment.
  showBusy(isBusy) {
    document.querySelector(".answer").ariaBusy = isBusy;
    find("paper").classList.toggle("busy", isBusy);
  }

  // A problem of the server's, in its words.
  showProblem({ code, message }) {
    if (code === "blank") this.#showText("–", "Nothing to read on it", "empty");
    else if (code === "no_digits") this.#showText("–", "No digit found on it", "doubtful");
    else this.#showText("–", message, "doubtful");
    this.#showDigits(null);
    find("explanation").textContent = SEEN;
  }

  show(record) {
    const { digits } = record;
    const isNone = digits.length === 1 && looksLikeNone(digits[0]);
    const isDoubtful = digits.length === 1 && digits[0].unsure;
    const written = isNone ? "?" : record.text.replaceAll(" ", "") || "–"; // a number a line
    this.#showText(written, verdict(record), isDoubtful ? "doubtful" : "", digits);
    const before = this.#record?.digits.length;
    if (before !== digits.length) {
      this.#chosen = Math.max(0, digits.findIndex((digit) => digit.unsure));
    }
    this.#showDigits(record);
    this.nameModel(record.model.version ?? "file");
    find("explanation").textContent = record.explanation.warnings.join(" ") || SEEN;
  }

  nameModel(name) {
    find("model").textContent = name;
  }

  // Boxes and digits again, after the choice changed.
  refresh() {
    this.#showDigits(this.#record);
  }

  #showText(number, words, mood, digits = []) {
    const lines = number.split("\n");
    const longest = Math.max(...lines.map((line) => line.length));
    const [, wide] = SIZES.find(([most]) => longest <= most);
    const size = Math.max(18, Math.min(wide, TALL / 1.1 / lines.length));
    const shown = find("number");
    shown.replaceChildren(...characters(number, digits));
    shown.style.setProperty("--number", `min(${size}px, ${Math.max(18, size * 0.6)}px + 2vw)`);
    find("verdict").textContent = words;
    for (const element of [shown, find("verdict")]) letKeysScroll(element);
    document.querySelector(".answer").className = `answer ${mood}`;
    find("canvas").ariaLabel =
      mood === "empty" ? "Paper: nothing drawn" : `Paper: ${number}, ${words}`;
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => {
      find("spoken").textContent = mood === "empty" ? words : `${number}. ${words}.`;
    }, QUIET_MS);
  }

  #showDigits(record) {
    this.#record = record;
    const digits = record?.digits ?? [];
    const several = digits.length > 1 ? digits : [];
    const isFocused = find("digits").contains(document.activeElement);
    find("digits").replaceChildren(...several.map((digit, at) => this.#choice(digit, at)));
    if (isFocused) find("digits").children[this.#chosen]?.focus(); // a late answer takes it from nobody
    find("digits").hidden = !several.length;
    find("boxes").replaceChildren(...digits.map((digit, at) => this.#box(digit, at)));
    const digit = digits[this.#chosen];
    const shares = new Map(digit?.top);
    [...find("bars").children].forEach((item, at) => {
      const share = shares.get(at) ?? 0;
      item.className = digit?.digit === at && !looksLikeNone(digit) ? "best" : "";
      item.querySelector(".bar").style.setProperty("--share", share);
      item.querySelector(".share").textContent = digit ? short(share) : "";
      item.title = digit ? `${at}: ${percent(share)}` : "";
    });
    const image = record?.explanation.images[this.#chosen];
    find("seen").src = image ? `data:image/png;base64,${image}` : BLANK;
    find("seen").alt = digit ? `The ${digit.digit} in 28×28 pixels` : "Nothing was looked at yet";
    this.#onDigit(digit ?? null, image);
  }

  #choice(digit, at) {
    const button = make("button", digit.unsure ? "unsure" : "", `${digit.digit}`);
    button.type = "button";
    button.append(make("small", "", `${at + 1}`));
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", at === this.#chosen);
    button.ariaLabel = `Digit ${at + 1}: ${digit.digit}, ${percent(digit.confidence)}`;
    button.tabIndex = at === this.#chosen ? 0 : -1;
    button.addEventListener("click", () => this.#choose(at));
    return button;
  }

  #choose(at) {
    this.#chosen = at;
    this.refresh();
    find("digits").children[at].focus();
  }

  #step(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const count = find("digits").children.length;
    if (!step || !count) return;
    event.preventDefault();
    this.#choose((this.#chosen + step + count) % count);
  }

  #box(digit, at) {
    const [left, top, right, bottom] = this.#onPaper(digit.box, this.#record.explanation.size);
    const box = make("div", digit.unsure ? "unsure" : "");
    box.classList.toggle("chosen", at === this.#chosen && this.#record.digits.length > 1);
    box.classList.toggle("inside", top < 0.06);
    const sides = { left, top, width: right - left, height: bottom - top };
    for (const [side, share] of Object.entries(sides)) box.style[side] = `${100 * share}%`;
    box.append(make("b", "", looksLikeNone(digit) ? "?" : `${digit.digit}${digit.unsure ? "?" : ""}`));
    return box;
  }
}

function letKeysScroll(element) {
  if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}

// The number's characters, of which only those that are unsure look so.
function characters(number, digits) {
  const written = [...number].filter((character) => /\d/.test(character));
  const isAsRead = written.length === digits.length && digits.every((d, at) => `${d.digit}` === written[at]);
  if (!isAsRead || digits.length === 1 || !digits.some((digit) => digit.unsure)) return [number];
  let at = 0;
  return [...number].map((character) => {
    const isUnsure = /\d/.test(character) && digits[at++].unsure;
    return isUnsure ? make("span", "unsure", character) : character;
  });
}

// A share in percent, as short as a bar is wide.
function short(share) {
  if (share > 0 && share < 0.005) return "<1";
  return share >= 0.995 ? ">99" : `${Math.round(100 * share)}`;
}
