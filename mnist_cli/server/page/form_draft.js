// A form that is being made: the JSON of `mnist form new`, and what can be done to its fields.

import { overlap } from "./boxes.js";

const LEAST = 8; // px of the picture that a field is wide and high
const MOST = 200; // rows or columns

export class FormDraft {
  // record is a form as the server makes one.
  constructor(record) {
    this.record = structuredClone(record);
  }

  get fields() {
    return this.record.fields;
  }

  get size() {
    return this.record.size;
  }

  // Add a box of these corners; return its index.
  add(box) {
    const names = new Set(this.fields.map(({ name }) => name));
    let number = 1;
    while (names.has(`field ${number}`)) number++;
    this.fields.push({ name: `field ${number}`, box: this.#within(box), expect: null });
    return this.fields.length - 1;
  }

  // Add a box of a size, as near to a place as there is room for it and for names; return its index.
  addFree([x, y], [width, height]) {
    const around = ([left, top]) => this.#within([left, top, left + width, top + height]);
    const spots = [];
    for (let top = 0; top + height <= this.size[1]; top += height / 2) {
      for (let left = 0; left + width <= this.size[0]; left += width / 4) spots.push([left, top]);
    }
    const far = ([left, top]) => Math.hypot(left + width / 2 - x, top + height / 2 - y);
    const boxes = [[x - width / 2, y - height / 2], ...spots.sort((one, other) => far(one) - far(other))].map(around);
    const withName = ([left, top, right, bottom]) => [left, top - height, right, bottom + height];
    const isFree = (box) => !this.fields.some((field) => overlap(withName(box), field.box));
    return this.add(boxes.find(isFree) ?? boxes[0]);
  }

  remove(at) {
    this.fields.splice(at, 1);
  }

  // Give a field other corners; a table's rules go along.
  place(at, box) {
    const field = this.fields[at];
    const before = field.box;
    field.box = this.#within(box);
    if (!isTable(field)) return;
    const [left, top, right, bottom] = field.box;
    field.across = spread(field.across, before[1], before[3], top, bottom);
    field.down = spread(field.down, before[0], before[2], left, right);
    field.printed = []; // the server notes it anew
  }

  move(at, right, down) {
    const [width, height] = this.size;
    const [x0, y0, x1, y1] = this.fields[at].box;
    const x = Math.max(-x0, Math.min(width - x1, right));
    const y = Math.max(-y0, Math.min(height - y1, down));
    this.place(at, [x0 + x, y0 + y, x1 + x, y1 + y]);
  }

  rename(at, name) {
    this.fields[at].name = name;
  }

  // What is written in it: a kind, a range, texts with a comma between them, or nothing known.
  expect(at, words) {
    const texts = words.split(",").map((text) => text.trim()).filter(Boolean);
    this.fields[at].expect = texts.length > 1 ? texts : texts[0] ?? null;
  }

  // Make it a table of so many rows and columns, or of none a box.
  divide(at, rows, columns) {
    const field = this.fields[at];
    const [left, top, right, bottom] = field.box;
    if (!rows || !columns) {
      for (const key of ["columns", "across", "down", "printed"]) delete field[key];
      return;
    }
    const [high, wide] = [rows, columns].map((count) => Math.max(1, Math.min(MOST, count)));
    const names = field.columns ?? [];
    field.columns = Array.from({ length: wide }, (_, column) => names[column] ?? `${column + 1}`);
    field.across = evenly(top, bottom, high);
    field.down = evenly(left, right, wide);
    field.printed = [];
  }

  nameColumns(at, words) {
    const names = words.split(",").map((text) => text.trim());
    this.fields[at].columns = this.fields[at].columns.map((name, column) => names[column] || name);
  }

  // Corners in order, on the picture, and not too near to each other.
  #within([x0, y0, x1, y1]) {
    const [width, height] = this.size;
    const side = (one, other, whole) => {
      const low = Math.max(0, Math.min(one, other, whole - LEAST));
      return [low, Math.min(whole, Math.max(one, other, low + LEAST))];
    };
    const [left, right] = side(x0, x1, width);
    const [top, bottom] = side(y0, y1, height);
    return [left, top, right, bottom].map(rounded);
  }
}

export function isTable(field) {
  return Boolean(field.columns?.length);
}

function spread(places, low, high, newLow, newHigh) {
  return places.map((place) => rounded(newLow + ((place - low) / (high - low)) * (newHigh - newLow)));
}

function evenly(low, high, parts) {
  return Array.from({ length: parts + 1 }, (_, at) => rounded(low + ((high - low) * at) / parts));
}

function rounded(place) {
  return Math.round(10 * place) / 10;
}
