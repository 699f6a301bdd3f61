// What is on the paper, and what was: strokes, what was rubbed out, and perhaps a picture below.
//
// Points are in units of a thousandth of the paper's width. The paper is always 4 by 3, so that a
// drawing keeps its shape and its boxes when the window changes or the device is turned.

import { around, boxOf, overlap } from "./boxes.js";
import { bytesOf, make } from "./dom.js";

const WIDTH = 1000;
const HEIGHT = 750;
// px of a drawing that is sent: its width, and how long its digits should be; if they are shorter,
// those by a broad pen are missed
const SENT = { least: 280, most: 560, digit: 100 };
const LONGEST_PICTURE = 2000; // px; of a picture that was drawn on

export class Drawing {
  #canvas;
  #context;
  #items = []; // {pen, points, rubs} or {picture, file}
  #past = [];
  #future = [];
  #stroke = null;
  #onChange;

  // onChange(how) is called after each change: a stroke has `begun`, `grown` or
  // `ended`, or all is `other`.
  constructor(canvas, onChange) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#onChange = onChange;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  get works() {
    return this.#context !== null;
  }

  get isEmpty() {
    return this.#items.length === 0;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  // Begin a stroke of a pen's width, or one that rubs out.
  begin(pen, point, rubs = false) {
    this.#stroke = { pen, points: [point], rubs };
    const seen = this.#items.filter((item) => item.points || item.picture);
    if (rubs && !seen.length) this.#stroke = null;
    else this.#change([...seen, this.#stroke], "begun");
  }

  extend(points) {
    if (!this.#stroke) return;
    this.#stroke.points.push(...points);
    this.#draw();
    this.#onChange("grown");
  }

  end() {
    this.#stroke = null;
    this.#onChange("ended");
  }

  // Take back the stroke that is being drawn, as if it had never been begun.
  cancel() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#show(this.#past.pop());
  }

  place(picture, file) {
    this.#change([{ picture, file }]);
  }

  clear() {
    this.#change([]);
  }

  undo() {
    if (!this.canUndo || this.#stroke) return;
    this.#future.push(this.#items);
    this.#show(this.#past.pop());
  }

  redo() {
    if (!this.canRedo || this.#stroke) return;
    this.#past.push(this.#items);
    this.#show(this.#future.pop());
  }

  // Where a place on the screen is on the paper.
  pointAt(event) {
    const paper = this.#canvas.getBoundingClientRect();
    const scale = WIDTH / paper.width;
    return [(event.clientX - paper.left) * scale, (event.clientY - paper.top) * scale];
  }

  // What the server is to read: a picture as it was opened, or what is drawn, dark on white.
  toBlob() {
    return this.#opened ?? this.#rendered(this.#sentWidth() / WIDTH);
  }

  // The same, to be kept: as large as it is on the screen at least.
  toFile() {
    return this.#opened ?? this.#rendered(Math.max(this.#canvas.width, SENT.most, this.#sentWidth()) / WIDTH);
  }

  // From a box in pixels of what was sent, of `size`, to shares of the paper's width and height.
  onPaper([left, top, right, bottom], size) {
    const { x, y, scale } = placement(size);
    const at = (value, offset, whole) => (value * scale + offset) / whole;
    return [at(left, x, WIDTH), at(top, y, HEIGHT), at(right, x, WIDTH), at(bottom, y, HEIGHT)];
  }

  // The file of a picture on which nothing is drawn.
  get #opened() {
    return this.#items.length === 1 ? this.#items[0].file : undefined;
  }

  #change(items, how) {
    this.#past.push(this.#items);
    this.#future = [];
    this.#show(items, how);
  }

  #show(items, how = "other") {
    this.#items = items;
    this.#draw();
    this.#onChange(how);
  }

  // How many px the paper is wide when it is sent: as few as do, as reading takes its time by them.
  #sentWidth() {
    const below = this.#items.find((item) => item.picture)?.picture;
    if (below) {
      const needed = WIDTH / placement([below.width, below.height]).scale;
      return Math.max(SENT.most, Math.min(LONGEST_PICTURE, needed));
    }
    const shortest = shortestSide(this.#items.filter(({ rubs }) => !rubs));
    return Math.max(SENT.least, Math.min(SENT.most, (WIDTH * SENT.digit) / shortest));
  }

  #fit() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (!width) return; // another view is shown
    this.#canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    this.#draw();
  }

  #draw() {
    if (!this.works) return;
    const { width, height } = this.#canvas;
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink");
    this.#drawOn(this.#context, width / WIDTH, ink);
  }

  #rendered(scale) {
    const canvas = make("canvas");
    [canvas.width, canvas.height] = [Math.round(WIDTH * scale), Math.round(HEIGHT * scale)];
    const context = canvas.getContext("2d");
    this.#drawOn(context, scale, "black");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "destination-over"; // under it, so that rubbing shows paper
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    // at once: toBlob waits until the browser is idle, which it is not while one draws
    const [, content] = canvas.toDataURL().split(",");
    if (!content) throw new Error("This browser does not give the drawing to the page.");
    return new Blob([bytesOf(content)], { type: "image/png" });
  }

  #drawOn(context, scale, ink) {
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = ink;
    for (const item of this.#items) {
      if (item.points) drawStroke(context, item);
      else if (item.picture) drawPicture(context, item.picture);
    }
  }
}

// How long the shortest digit is: strokes whose boxes overlap are one.
function shortestSide(strokes) {
  let digits = [];
  for (const { points, pen } of strokes) {
    const [left, top, right, bottom] = boxOf(points);
    const box = [left - pen, top - pen, right + pen, bottom + pen];
    const own = digits.filter((other) => overlap(box, other));
    digits = [...digits.filter((other) => !own.includes(other)), own.reduce(around, box)];
  }
  return Math.min(...digits.map(([left, top, right, bottom]) => Math.max(right - left, bottom - top)));
}

// Where a picture of some size lies: as large as fits, in the middle.
function placement([width, height]) {
  const scale = Math.min(WIDTH / width, HEIGHT / height);
  return { scale, x: (WIDTH - width * scale) / 2, y: (HEIGHT - height * scale) / 2 };
}

function drawPicture(context, picture) {
  const { x, y, scale } = placement([picture.width, picture.height]);
  context.drawImage(picture, x, y, picture.width * scale, picture.height * scale);
}

// A curve through the middles of its points, which takes the corners off.
function drawStroke(context, { pen, points, rubs }) {
  const [first] = points;
  context.globalCompositeOperation = rubs ? "destination-out" : "source-over";
  context.lineWidth = pen;
  context.beginPath();
  context.moveTo(...first);
  if (points.length === 1) context.lineTo(...first);
  points.forEach(([x, y], at) => {
    const [nextX, nextY] = points[at + 1] ?? [x, y];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.stroke();
  context.globalCompositeOperation = "source-over";
}
