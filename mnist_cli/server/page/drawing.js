// What is on the paper, and what was: strokes, and perhaps a picture under them.
//
// Points are in units of a thousandth of the paper's width, so that a drawing keeps its shape when
// the window changes.

const WIDTH = 1000;
const LONGEST_SENT = 560; // px; enough for a number written across the paper

export class Drawing {
  #canvas;
  #context;
  #items = []; // {pen, points} or {picture, file}
  #past = [];
  #future = [];
  #stroke = null;
  #onChange;

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

  begin(pen, point) {
    this.#stroke = { pen, points: [point] };
    this.#change([...this.#items, this.#stroke]);
  }

  extend(points) {
    this.#stroke?.points.push(...points);
    this.#draw();
    this.#onChange();
  }

  end() {
    this.#stroke = null;
  }

  place(picture, file) {
    this.#change([{ picture, file }]);
  }

  clear() {
    this.#change([]);
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.#items);
    this.#show(this.#past.pop());
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.#items);
    this.#show(this.#future.pop());
  }

  // Where a place on the screen is on the paper.
  pointAt(event) {
    const paper = this.#canvas.getBoundingClientRect();
    const scale = WIDTH / paper.width;
    return [(event.clientX - paper.left) * scale, (event.clientY - paper.top) * scale];
  }

  // What the server is to read: a picture as it was opened, or the drawing in black on white.
  async toBlob() {
    const [only] = this.#items;
    if (this.#items.length === 1 && only.file) return only.file;
    const [width, height] = this.#size();
    return this.#rendered(LONGEST_SENT / Math.max(width, height));
  }

  async toFile() {
    return this.#rendered(this.#canvas.width / WIDTH);
  }

  // From a box in pixels of what was sent, of `size`, to shares of the paper's width and height.
  onPaper([left, top, right, bottom], size) {
    const [width, height] = this.#size();
    const { x, y, scale } = this.#placement(size);
    const at = (value, offset, whole) => (value * scale + offset) / whole;
    return [at(left, x, width), at(top, y, height), at(right, x, width), at(bottom, y, height)];
  }

  #change(items) {
    this.#past.push(this.#items);
    this.#future = [];
    this.#show(items);
  }

  #show(items) {
    this.#items = items;
    this.#draw();
    this.#onChange();
  }

  #size() {
    return [WIDTH, (WIDTH * this.#canvas.height) / this.#canvas.width];
  }

  // Where a picture of some size lies: as large as fits, in the middle.
  #placement([width, height]) {
    const [paperWidth, paperHeight] = this.#size();
    const scale = Math.min(paperWidth / width, paperHeight / height);
    return { scale, x: (paperWidth - width * scale) / 2, y: (paperHeight - height * scale) / 2 };
  }

  #fit() {
    const { width, height } = this.#canvas.getBoundingClientRect();
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
    const canvas = document.createElement("canvas");
    const [width, height] = this.#size();
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.#drawOn(context, scale, "black");
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #drawOn(context, scale, ink) {
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = ink;
    for (const item of this.#items) {
      if (item.points) drawStroke(context, item);
      else if (item.picture) this.#drawPicture(context, item.picture);
    }
  }

  #drawPicture(context, picture) {
    const { x, y, scale } = this.#placement([picture.width, picture.height]);
    context.drawImage(picture, x, y, picture.width * scale, picture.height * scale);
  }
}

// A curve through the middles of its points, which takes the corners off.
function drawStroke(context, { pen, points }) {
  const [first] = points;
  context.lineWidth = pen;
  context.beginPath();
  context.moveTo(...first);
  if (points.length === 1) context.lineTo(...first);
  points.forEach(([x, y], at) => {
    const [nextX, nextY] = points[at + 1] ?? [x, y];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.stroke();
}
