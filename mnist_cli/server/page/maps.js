// Draws what layers answer, in the page's colours.

import { bytesOf } from "./dom.js";

const SIDE = 28; // of what the network sees
const MAP = 28; // px of the screen that a map is wide
const UNIT = 12; // the same of a dense layer's unit, which has one answer
const GAP = 2;

// layer is one of /v1/layers: a byte an answer, filter by filter, row by row.
export function drawMaps(canvas, { shape: [filters, rows, columns], strongest, maps }) {
  const side = rows * columns === 1 ? UNIT : MAP;
  const across = Math.max(1, Math.floor((canvas.parentElement.clientWidth + GAP) / (side + GAP)));
  const down = Math.ceil(filters / across);
  const context = sized(canvas, Math.min(across, filters) * (side + GAP), down * (side + GAP));
  const answers = bytesOf(maps);
  const colours = coloursOf(canvas);
  const tile = new OffscreenCanvas(columns, rows);
  for (let filter = 0; filter < filters; filter++) {
    const x = (filter % across) * (side + GAP);
    const y = Math.floor(filter / across) * (side + GAP);
    const own = answers.subarray(filter * rows * columns, (filter + 1) * rows * columns);
    context.fillStyle = colours.plate;
    context.fillRect(x, y, side, side);
    paint(tile, own, colours.ink, (answer) => answer);
    context.drawImage(tile, x, y, side, side);
    if (filter === strongest) outline(context, x, y, side, colours.mark);
  }
}

// values are 28×28: above 0 what spoke for the answer, below it what spoke against.
export function drawEvidence(canvas, values) {
  const side = canvas.clientWidth || SIDE * 6;
  const context = sized(canvas, side, side);
  const colours = coloursOf(canvas);
  const flat = values.flat();
  const greatest = Math.max(...flat.map(Math.abs), 1e-9);
  context.fillStyle = colours.plate;
  context.fillRect(0, 0, side, side);
  const image = new OffscreenCanvas(SIDE, SIDE);
  for (const [sign, colour] of [[1, colours.for], [-1, colours.against]]) {
    paint(image, flat, colour, (value) => (255 * Math.max(0, sign * value)) / greatest);
    context.drawImage(image, 0, 0, side, side);
  }
}

// Set the pixels of a small canvas to one colour, as opaque as each value is strong (0 to 255).
function paint(canvas, values, [red, green, blue], strength) {
  const pixels = new ImageData(canvas.width, canvas.height);
  values.forEach((value, at) => pixels.data.set([red, green, blue, strength(value)], 4 * at));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function sized(canvas, width, height) {
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  canvas.style.aspectRatio = `${width} / ${height}`;
  if (canvas.id !== "evidence") canvas.style.width = `${width}px`;
  const context = canvas.getContext("2d");
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

function outline(context, x, y, side, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, side - 2, side - 2);
}

// The colours that the style sheet gives for the scheme.
function coloursOf(element) {
  const style = getComputedStyle(element);
  const named = (name) => style.getPropertyValue(name).trim();
  const parts = (name) => named(name).match(/[\da-f]{2}/gi).map((part) => parseInt(part, 16));
  return {
    plate: named("--plate"),
    mark: named("--doubt"),
    ink: parts("--accent"),
    for: parts("--for"),
    against: parts("--against"),
  };
}
