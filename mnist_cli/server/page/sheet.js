// One picture: its file, what was read on it, and what a person put right.

import { digitsIn, failed, placesOf, withDigit } from "./places.js";

export class Sheet {
  #done = []; // {at, before, after}, as far as it can be undone
  #undone = [];
  #order = []; // in which places are looked at

  // `shown` is a picture of a file that the browser can't show; `answers` what a person said.
  constructor({ id, name, file, shown = null, record = null, answers = [], words = "", code }) {
    Object.assign(this, { id, name, file, shown, words });
    this.state = "waiting"; // or reading, read, failed
    this.record = null;
    this.places = [];
    if (record) this.take(record);
    if (words) this.fail(words, null, code);
    for (const [at, text] of answers) this.#set(at, { text, checked: true });
  }

  take(record) {
    this.record = record;
    this.places = placesOf(record);
    const [main, beside] = [[], []];
    this.places.forEach((place, at) => (isBeside(place) ? beside : main).push(at));
    this.#order = [...main, ...beside];
    this.state = "read";
    this.words = "";
  }

  // `code` is the server's; without one, the browser could not read the file. `record` is one of
  // nothing, with a place for a person to say what stands there.
  fail(words, record = null, code = "") {
    if (record) this.take(record);
    this.state = "failed";
    this.words = words;
    this.code = typeof code === "string" && code ? code : "picture_refused"; // a browser's are numbers
  }

  // What of it is kept beside its file.
  get kept() {
    const { id, name, record, code } = this;
    const words = this.state === "failed" ? this.words : ""; // not why it waits just now
    const answers = this.places.flatMap(({ checked, text }, at) => (checked ? [[at, text]] : []));
    return { id, name, record, words, code, answers };
  }

  get size() {
    return this.record?.explanation.size;
  }

  // Whether something was read, or said by a person.
  get isRead() {
    return this.state === "read" || this.places.some(({ checked }) => checked);
  }

  // Whether there is something to write into results: of what could not be read, why.
  get hasResults() {
    return this.isRead || this.state === "failed";
  }

  needsLook(at) {
    const { unsure, checked } = this.places[at];
    return unsure && !checked;
  }

  // Whether something stands at a place that was not read: that it is empty must be said.
  isUnread(at) {
    return this.needsLook(at) && this.places[at].hasInk && !this.places[at].text;
  }

  get hasMarks() {
    return this.places.some(({ text }) => /\D/.test(text));
  }

  get left() {
    return this.places.filter((_, at) => this.needsLook(at)).length;
  }

  // How many of these are headings of tables, or lie outside of them, where there are some.
  get beside() {
    if (!this.record?.tables.length) return 0;
    return this.places.filter((place, at) => isBeside(place) && this.needsLook(at)).length;
  }

  // The next place to look at, in reading order, headings and what lies outside of tables last; -1
  // if there is none in this direction.
  nextDoubt(from, step = 1) {
    for (let nth = this.#order.indexOf(from) + step; nth >= 0 && nth < this.#order.length; nth += step) {
      if (this.needsLook(this.#order[nth])) return this.#order[nth];
    }
    return -1;
  }

  // Which digit of a place to look at first.
  firstDoubt(at) {
    return Math.max(0, this.places[at].digits.findIndex((digit) => this.record.digits[digit].unsure));
  }

  // The text of a place with another nth digit; of what was read, where other digits stand there
  // than were found.
  withDigit(at, nth, digit) {
    const place = this.places[at];
    return withDigit(fits(place) ? place.text : place.read, nth, digit);
  }

  // A person says what stands at a place; it may be what was read.
  put(at, text) {
    const { text: old, checked } = this.places[at];
    this.#done.push({ at, before: { text: old, checked }, after: { text, checked: true } });
    this.#undone = [];
    this.#set(at, { text, checked: true });
  }

  // Return the place that changed, or -1.
  undo() {
    return this.#step(this.#done, this.#undone, "before");
  }

  redo() {
    return this.#step(this.#undone, this.#done, "after");
  }

  #step(from, to, which) {
    const edit = from.pop();
    if (!edit) return -1;
    to.push(edit);
    this.#set(edit.at, edit[which]);
    return edit.at;
  }

  #set(at, what) {
    if (this.places[at]) Object.assign(this.places[at], what);
  }

  // The digits of places where others stand than were read: {digit, image}; the rest can teach
  // nothing: no digit stands there, or another number of them was found.
  get corrected() {
    const changed = this.places.filter((place) => !sameDigits(place.text, place.read));
    const usable = changed.filter(fits);
    const images = this.record?.explanation.images;
    const digits = usable.flatMap((place) => {
      const right = digitsIn(place.text);
      return place.digits.map((at, nth) => ({ digit: Number(right[nth]), image: images[at] }));
    });
    const without = changed.filter(({ text }) => !digitsIn(text).length).length;
    return { digits, without, unusable: changed.length - usable.length - without };
  }

  // The record with what a person said in it, without pictures; or with why there is none.
  get correctedRecord() {
    if (!this.isRead) return failed(this.name, this.words, this.code);
    const { explanation: _, ...record } = structuredClone(this.record);
    record.path = this.name;
    let cell = 0;
    const cells = record.tables.flatMap((table) => table.cells);
    for (const place of this.places) {
      const own = place.table >= 0 ? cells[cell++] : null;
      if (place.checked) correct(record, place, own);
    }
    record.text = textOf(record.numbers);
    return record;
  }
}

function isBeside({ table, isHeading }) {
  return table < 0 || isHeading;
}

function correct(record, place, cell) {
  const changed = place.text !== place.read;
  if (cell) {
    cell.text = place.text;
    cell.flags = cell.flags.filter((flag) => flag !== "unsure" && flag !== "empty");
    if (!place.text) cell.flags.push("empty");
    if (changed) cell.flags.push("corrected");
  }
  const right = digitsIn(place.text);
  place.digits.forEach((at, nth) => {
    const digit = record.digits[at];
    digit.unsure = false;
    if (changed) digit.flags.push("corrected");
    if (fits(place)) digit.digit = Number(right[nth]);
  });
  const numbers = cell ? new Set(place.digits.map((at) => record.digits[at].number)) : new Set([place.number]);
  if (numbers.size !== 1) return; // an empty cell, or several numbers in one
  const number = record.numbers[[...numbers][0]];
  number.text = place.text;
  number.unsure = false;
}

function textOf(numbers) {
  const lines = new Map();
  for (const { line, text } of numbers) {
    if (text) lines.set(line, [...(lines.get(line) ?? []), text]);
  }
  return [...lines.values()].map((line) => line.join(" ")).join("\n");
}

function sameDigits(one, other) {
  return digitsIn(one).join("") === digitsIn(other).join("");
}

function fits(place) {
  return digitsIn(place.text).length === place.digits.length;
}
