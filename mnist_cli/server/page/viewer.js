// Shows a picture at any size, and over it what was read: cells, digits, answers.

import { Overlay } from "./overlay.js";
import { Placing } from "./placing.js";
import { boxOf, middleOf } from "./boxes.js";
import { isInside } from "./places.js";

const CLOSEST = 16; // px of the screen for one of the picture
const STEP = 1.25; // of a key or a turn of the wheel
const NUDGE = 48; // px of an arrow key
const READABLE = 30; // px that a place which is gone to is high at the least
const TAP = 6; // px that a finger may move and still point

export class Viewer {
  #canvas;
  #overlay;
  #onPick;
  #onZoom;
  #sheet = null;
  #bitmap = null;
  #placing = null;
  #view = { x: 0, y: 0, scale: 1 };
  #whole = true; // the picture is as large as fits, and stays so
  #chosen = { at: -1, nth: 0 };
  #bare = false; // without what was read
  #pointers = new Map();
  #moved = 0;

  // onPick gets a place's index and which of its digits was pointed at; onZoom the scale, null without a picture.
  constructor(canvas, onPick, onZoom) {
    this.#canvas = canvas;
    this.#overlay = new Overlay(canvas.getContext("2d"));
    this.#onPick = onPick;
    this.#onZoom = onZoom;
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(sheet, bitmap) {
    const isNew = this.#sheet !== sheet || this.#bitmap !== bitmap;
    this.#sheet = sheet;
    this.#bitmap = bitmap;
    this.#placing = bitmap && new Placing(sheet.size ?? [bitmap.width, bitmap.height], sheet.record?.turned ?? 0);
    if (isNew) this.#chosen = { at: -1, nth: 0 };
    if (isNew || this.#whole) this.fit(); // once it was read it may lie otherwise
    else this.draw();
  }

  get placing() {
    return this.#placing;
  }

  // Mark a place; with `reveal` bring it into view, so large that it can be read.
  choose(at, nth = 0, reveal = true) {
    this.#chosen = { at, nth };
    const place = this.#sheet?.places[at];
    if (reveal && place && this.#placing) this.#reveal(boxOf(place.corners.map((point) => this.#placing.turn(point))));
    this.draw();
  }

  fit() {
    this.#whole = true;
    if (!this.#placing) return this.draw();
    this.#view.scale = this.#fitting();
    this.#centre(...this.#placing.size.map((side) => side / 2));
    this.draw();
  }

  // Show or hide what was read; return whether it is shown.
  toggleAnswers() {
    this.#bare = !this.#bare;
    this.draw();
    return !this.#bare;
  }

  zoom(factor) {
    this.#zoomAt(factor, this.#width / 2, this.#height / 2);
  }

  ownSize() {
    this.zoom(1 / (this.#view.scale * devicePixelRatio));
  }

  // Where a point of the picture is on the canvas, in CSS px.
  onScreen(point) {
    const [x, y] = this.#placing.turn(point);
    const { x: left, y: top, scale } = this.#view;
    return [left + x * scale, top + y * scale];
  }

  draw() {
    this.#overlay.begin(this.#width, this.#height);
    if (!this.#bitmap) return this.#onZoom(null);
    const { scale } = this.#view;
    const [x, y] = [this.#view.x, this.#view.y].map(onDevice); // so 1:1 shows its pixels as they are
    this.#overlay.picture((context) => this.#placing.draw(context, this.#bitmap, x, y, scale), scale);
    if (this.#sheet.record && !this.#bare) this.#overlay.answers(this.#sheet, this.#chosen, (point) => this.onScreen(point));
    this.#onZoom(scale * devicePixelRatio);
  }

  get #width() {
    return this.#canvas.clientWidth;
  }

  get #height() {
    return this.#canvas.clientHeight;
  }

  #fitting() {
    const [width, height] = this.#placing.size;
    return Math.min(this.#width / width, this.#height / height, CLOSEST) || 1;
  }

  #centre(x, y) {
    const { scale } = this.#view;
    this.#view = { scale, x: this.#width / 2 - x * scale, y: this.#height / 2 - y * scale };
  }

  #pan(right, down) {
    this.#view = { ...this.#view, x: this.#view.x + right, y: this.#view.y + down };
    this.#whole = false;
    this.#keepInSight();
    this.draw();
  }

  #zoomAt(factor, x, y) {
    if (!this.#placing) return;
    const before = this.#view;
    const scale = Math.min(CLOSEST, Math.max(this.#fitting() / 2, before.scale * factor));
    const grown = scale / before.scale;
    this.#view = { scale, x: x - (x - before.x) * grown, y: y - (y - before.y) * grown };
    this.#whole = false;
    this.#keepInSight();
    this.draw();
  }

  // A quarter of the canvas at least shows the picture.
  #keepInSight() {
    const { scale } = this.#view;
    const within = (at, picture, canvas) => Math.min(canvas * 0.75, Math.max(canvas * 0.25 - picture, at));
    const [width, height] = this.#placing.size.map((side) => side * scale);
    this.#view.x = within(this.#view.x, width, this.#width);
    this.#view.y = within(this.#view.y, height, this.#height);
  }

  #reveal(box) {
    const [left, top, right, bottom] = box;
    const scale = Math.max(this.#view.scale, Math.min(READABLE / (bottom - top), this.#width / 2 / (right - left), 4));
    const { x, y } = this.#view;
    const isNear =
      x + left * scale > 0 && x + right * scale < this.#width && y + top * scale > 0 && y + bottom * scale < this.#height;
    if (isNear && scale === this.#view.scale) return;
    this.#view.scale = scale;
    this.#whole = false;
    this.#centre(...middleOf(box));
    this.#fill();
  }

  // No desk beside a picture that is larger than the canvas.
  #fill() {
    const [width, height] = this.#placing.size.map((side) => side * this.#view.scale);
    if (width > this.#width) this.#view.x = Math.min(0, Math.max(this.#width - width, this.#view.x));
    if (height > this.#height) this.#view.y = Math.min(0, Math.max(this.#height - height, this.#view.y));
  }

  #resize() {
    this.#canvas.width = Math.max(1, Math.round(this.#width * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(this.#height * devicePixelRatio));
    if (this.#whole) this.fit();
    else this.choose(this.#chosen.at, this.#chosen.nth);
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const [x, y] = this.#at(event);
      this.#zoomAt(STEP ** (-Math.sign(event.deltaY) * Math.min(1, Math.abs(event.deltaY) / 100)), x, y);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      if (!this.#pointers.size) this.#moved = 0;
      this.#pointers.set(event.pointerId, this.#at(event));
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#lift(event));
    canvas.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  // One pointer pans, two pinch.
  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [x, y] = this.#at(event);
    this.#moved += Math.hypot(x - before[0], y - before[1]);
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    this.#pointers.set(event.pointerId, [x, y]);
    if (!other) {
      if (this.#moved > TAP) this.#pan(x - before[0], y - before[1]);
      return;
    }
    const apart = (point) => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
    this.#zoomAt(apart([x, y]) / apart(before), (x + other[0]) / 2, (y + other[1]) / 2);
    this.#pan((x - before[0]) / 2, (y - before[1]) / 2);
  }

  #lift(event) {
    const wasDown = this.#pointers.delete(event.pointerId);
    if (!wasDown || this.#pointers.size || this.#moved > TAP || !this.#sheet?.record) return;
    const point = this.#at(event);
    const { places, record } = this.#sheet;
    const corners = (box) => [[0, 1], [2, 1], [2, 3], [0, 3]].map(([x, y]) => this.onScreen([box[x], box[y]]));
    const digit = record.digits.findIndex(({ box }) => isInside(point, corners(box)));
    const ofDigit = places.findIndex((place) => place.digits.includes(digit));
    const at = ofDigit >= 0 ? ofDigit : places.findIndex((place) => isInside(point, place.corners.map((one) => this.onScreen(one))));
    if (at >= 0) this.#onPick(at, Math.max(0, places[at].digits.indexOf(digit)));
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      "+": () => this.zoom(STEP),
      "=": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
      0: () => this.fit(),
      1: () => this.ownSize(),
      ArrowLeft: () => this.#pan(NUDGE, 0),
      ArrowRight: () => this.#pan(-NUDGE, 0),
      ArrowUp: () => this.#pan(0, NUDGE),
      ArrowDown: () => this.#pan(0, -NUDGE),
    };
    if (!(event.key in actions) || !this.#placing) return;
    event.preventDefault();
    actions[event.key]();
  }

  #at(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }
}

function onDevice(length) {
  return Math.round(length * devicePixelRatio) / devicePixelRatio;
}
