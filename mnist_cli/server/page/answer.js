// Shows what was read: the number, how sure it is, each digit's probabilities, what the network saw.

const QUIET_MS = 700; // the answer stands still for so long before it is spoken
const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==";
const SIZES = [[3, 112], [5, 72], [9, 44], [Infinity, 28]]; // digits a line, and px of the number

const find = (id) => document.getElementById(id);
const SEEN = "28×28 pixels, cut out of the drawing, centred and scaled as in MNIST.";

export class Answer {
  #chosen = 0;
  #record = null;
  #onPaper;
  #speaking;

  // onPaper(box, size) says where on the paper a box of the picture is.
  constructor(onPaper) {
    this.#onPaper = onPaper;
    for (let digit = 0; digit < 10; digit++) {
      const item = make("li");
      const value = make("span", "unseen");
      item.append(make("div", "bar"), make("span", "", `${digit}`), value);
      find("bars").append(item);
    }
    this.showNothing();
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
  }

  // A problem of the server's, in its words.
  showProblem({ code, detail }) {
    if (code === "blank") this.#showText("–", "Nothing to read on it", "empty");
    else if (code === "no_digits") this.#showText("–", "No digit found on it", "doubtful");
    else this.#showText("–", detail, "doubtful");
    this.#showDigits(null);
  }

  show(record) {
    const doubtful = record.digits.filter((digit) => digit.unsure);
    const written = record.text.replaceAll(" ", ""); // on this paper, one number a line
    this.#showText(written, verdict(record, doubtful), doubtful.length ? "doubtful" : "");
    const before = this.#record?.digits.length;
    if (before !== record.digits.length) {
      this.#chosen = Math.max(0, record.digits.findIndex((digit) => digit.unsure));
    }
    this.#showDigits(record);
    this.nameModel(record.model.version ?? "file");
    find("explanation").textContent = record.explanation.warnings.join(" ") || SEEN;
  }

  nameModel(name) {
    find("model").textContent = name;
  }

  // Boxes and digits again, after the paper or the choice changed.
  refresh() {
    this.#showDigits(this.#record);
  }

  #showText(number, words, mood) {
    const longest = Math.max(...number.split("\n").map((line) => line.length));
    const [, size] = SIZES.find(([digits]) => longest <= digits);
    find("number").textContent = number;
    find("number").style.setProperty("--number", `min(${size}px, ${Math.max(28, size * 0.6)}px + 2vw)`);
    find("verdict").textContent = words;
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
    find("digits").hidden = digits.length < 2;
    const isFocused = find("digits").contains(document.activeElement);
    find("digits").replaceChildren(...digits.map((digit, at) => this.#choice(digit, at)));
    if (isFocused) find("digits").children[this.#chosen]?.focus(); // a late answer takes it from nobody
    find("boxes").replaceChildren(...digits.map((digit, at) => this.#box(digit, at)));
    const digit = digits[this.#chosen];
    const shares = new Map(digit?.top);
    [...find("bars").children].forEach((item, at) => {
      const share = shares.get(at) ?? 0;
      item.className = digit?.digit === at ? "best" : "";
      item.querySelector(".bar").style.setProperty("--share", share);
      item.querySelector(".unseen").textContent = digit ? `: ${percent(share)}` : "";
      item.title = digit ? `${at}: ${percent(share)}` : "";
    });
    const image = record?.explanation.images[this.#chosen];
    find("seen").src = image ? `data:image/png;base64,${image}` : BLANK;
    find("seen").alt = digit ? `The ${digit.digit} in 28×28 pixels` : "Nothing was looked at yet";
  }

  #choice(digit, at) {
    const button = make("button", digit.unsure ? "unsure" : "", `${digit.digit}`);
    button.type = "button";
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
    box.append(make("b", "", digit.unsure ? `${digit.digit}?` : `${digit.digit}`));
    return box;
  }
}

function verdict({ digits }, doubtful) {
  if (digits.length > 1 && doubtful.length) {
    const which = doubtful.map((digit) => digit.digit).join(", ");
    return `Not sure of the ${which}`;
  }
  if (digits.length > 1) {
    const least = Math.min(...digits.map((digit) => digit.confidence));
    return `${digits.length} digits, the least sure ${percent(least)}`;
  }
  const [digit] = digits;
  if (digit.flags.includes("not_a_digit")) return "Not sure: it looks like no digit";
  if (digit.unsure) {
    const [[first], [second]] = digit.top;
    return `Not sure: ${first} or ${second}?`;
  }
  return `${percent(digit.confidence)} sure`;
}

function percent(share) {
  if (share >= 0.9995) return "over 99.9 %"; // nothing is certain
  return `${(100 * share).toFixed(share > 0.1 && share < 0.99 ? 0 : 1)} %`;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
