// The places of a record that a person reads at once: a table's cell, or a number outside tables.
//
// A place is {table, row, column, line, number, corners, read, text, checked, unsure, hasInk,
// isHeading, confidence, digits}: `table` is its index, -1 outside, where `number` is the number's; `corners`
// four points in the picture's pixels; `read` what the server read, `text` what counts; `hasInk` is
// false where the paper is bare; `isHeading` where print or
// letters stand, at a table's beginning; `digits` the indices of its digits, in their order.

import { middleOf } from "./boxes.js";

export function placesOf(record) {
  const places = record.tables.flatMap((table, at) => table.cells.map((cell) => ofCell(cell, at)));
  const inTables = new Set();
  const loose = new Map(); // from a number's index to its digits
  record.digits.forEach((digit, at) => {
    const cell = places.find((place) => isInside(middleOf(digit.box), place.corners));
    if (cell) {
      cell.digits.push(at);
      inTables.add(digit.number);
    } else {
      loose.set(digit.number, [...(loose.get(digit.number) ?? []), at]);
    }
  });
  record.numbers.forEach((number, at) => {
    if (!inTables.has(at)) places.push(ofNumber(number, at, loose.get(at) ?? []));
  });
  return places;
}

function ofCell({ row, column, text, confidence, box, flags }, table) {
  const unsure = flags.includes("unsure");
  const told = { hasInk: !flags.includes("empty"), isHeading: flags.includes("heading") };
  return { ...fresh(text, confidence, unsure), ...told, table, row, column, line: row, corners: box };
}

function ofNumber({ text, confidence, unsure, box, line }, number, digits) {
  const [left, top, right, bottom] = box;
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
  const where = { table: -1, row: 0, column: 0, line: line + 1, number };
  return { ...fresh(text, confidence, unsure), ...where, corners, digits };
}

// The record of a picture on which nothing was read: one number, as large as it, for a person to say.
export function unread(path, size) {
  const nothing = ["digits", "fields", "tables", "checks", "marks", "left_out", "solution", "flags"];
  return {
    ...Object.fromEntries(nothing.map((key) => [key, []])),
    ...{ path, ok: true, text: "", turned: 0, model: { version: null, sha256: "" }, error: null },
    numbers: [{ text: "", box: [0, 0, ...size], confidence: 0, unsure: true, line: 0 }],
    explanation: { text: "", warnings: [], size, images: [] },
  };
}

// The record of a picture that could not be read, as results have it; `code` is the server's.
export function failed(path, words, code) {
  const { explanation: _, ...record } = unread(path, [0, 0]);
  return { ...record, ok: false, numbers: [], error: { code, message: words, hint: "" } };
}

function fresh(text, confidence, unsure) {
  return { read: text, text, checked: false, confidence, unsure, hasInk: true, isHeading: false, digits: [] };
}

export function digitsIn(text) {
  return [...text].filter((sign) => sign >= "0" && sign <= "9");
}

// A text with its nth digit replaced.
export function withDigit(text, nth, digit) {
  let at = -1;
  return [...text].map((sign) => (sign >= "0" && sign <= "9" && ++at === nth ? digit : sign)).join("");
}

// Whether a point lies in a polygon: a ray to its right crosses the sides an odd number of times.
export function isInside([x, y], corners) {
  let inside = false;
  corners.forEach(([fromX, fromY], at) => {
    const [toX, toY] = corners[(at + 1) % corners.length];
    const crosses = fromY > y !== toY > y;
    if (crosses && x < fromX + ((y - fromY) * (toX - fromX)) / (toY - fromY)) inside = !inside;
  });
  return inside;
}
