// Draws a picture, and over it frames and answers that stand out on any picture: lines with an edge
// in the other colour, and texts on a plate of paper.

import { boxOf, overlap } from "./boxes.js";

const LABEL = 16; // px that an answer's plate is high
const ROOMY = 44; // px that a place is high whose answer, too, is shown where nothing is doubtful
const SMALLEST_DIGIT = 14; // px of a digit whose frame is drawn
const SHARP = 2; // from so many px for one of the picture on, its pixels are shown as they are

export class Overlay {
  #context;
  #colours = {};
  #width = 0;
  #height = 0;

  constructor(context) {
    this.#context = context;
  }

  begin(width, height) {
    [this.#width, this.#height] = [width, height];
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "text", "accent", "doubt"]) {
      this.#colours[name] = style.getPropertyValue(`--${name}`);
    }
    this.#context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    this.#context.font = "600 12px system-ui, sans-serif";
    this.#context.textBaseline = "middle";
  }

  picture(draw, scale) {
    this.#context.imageSmoothingEnabled = scale * devicePixelRatio < SHARP;
    this.#context.imageSmoothingQuality = "high";
    draw(this.#context);
  }

  answers(sheet, chosen, onScreen) {
    const { record, places } = sheet;
    for (const table of record.tables) this.#frame(table.corners.map(onScreen), "accent", 2);
    const labels = [];
    const taken = []; // boxes that no plate may cover: digits, and what else may be one
    places.forEach((place, at) => {
      const corners = place.corners.map(onScreen);
      const box = boxOf(corners);
      if (!this.#isSeen(box)) return;
      const isDoubtful = sheet.needsLook(at);
      const isChosen = at === chosen.at;
      this.#frame(corners, isDoubtful ? "doubt" : "accent", isChosen ? 3 : 1, isDoubtful);
      taken.push(...this.#digits(place, record, isChosen ? chosen.nth : -1, onScreen));
      if (!place.digits.length) taken.push(innerHalf(box));
      if (isChosen || isDoubtful || place.checked || box[3] - box[1] >= ROOMY) {
        labels.push([box, place, isDoubtful, isChosen]);
      }
    });
    labels.sort((one, other) => other[3] - one[3]); // the chosen one has the choice of where
    for (const label of labels) this.#label(taken, ...label);
  }

  // Return the boxes on the screen.
  #digits(place, record, nth, onScreen) {
    return place.digits.map((at, index) => {
      const { box, unsure } = record.digits[at];
      const [left, top, right, bottom] = box;
      const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map(onScreen);
      const seen = boxOf(corners);
      const isDoubtful = unsure && !place.checked;
      if (seen[2] - seen[0] >= SMALLEST_DIGIT) {
        this.#frame(corners, isDoubtful ? "doubt" : "accent", index === nth ? 2.5 : 1, isDoubtful);
      }
      return seen;
    });
  }

  #isSeen([left, top, right, bottom]) {
    return right > 0 && bottom > 0 && left < this.#width && top < this.#height;
  }

  #frame(corners, colour, width, dashed = false) {
    const context = this.#context;
    context.beginPath();
    for (const corner of corners) context.lineTo(...corner);
    context.closePath();
    context.strokeStyle = this.#colours.paper;
    context.lineWidth = width + 2;
    context.setLineDash([]);
    context.stroke();
    context.strokeStyle = this.#colours[colour];
    context.lineWidth = width;
    context.setLineDash(dashed ? [5, 3] : []);
    context.stroke();
    context.setLineDash([]);
  }

  // On the place's edge, where it covers neither a digit nor another answer; else not at all.
  #label(taken, [left, top, right, bottom], place, isDoubtful, isChosen) {
    const context = this.#context;
    const nothing = isDoubtful && place.hasInk ? "not read" : isDoubtful || isChosen ? "empty" : "";
    const text = `${place.text || nothing}${isDoubtful ? "?" : place.checked ? " ✓" : ""}`;
    if (!text) return;
    const width = context.measureText(text).width + 8;
    const half = LABEL / 2;
    const corners = [[left, top - half], [right - width, top - half], [left, bottom - half], [right - width, bottom - half]];
    const beside = [[left, top - LABEL], [left, bottom], [right, top]];
    const boxes = [...corners, ...beside].map(([x, y]) => this.#inSight(x, y, width));
    const box = boxes.find((one) => !taken.some((other) => overlap(one, other)));
    if (!box) return;
    taken.push(box);
    const [x, y] = box;
    context.fillStyle = this.#colours.paper;
    context.strokeStyle = this.#colours[isDoubtful ? "doubt" : isChosen ? "accent" : "text"];
    context.lineWidth = isChosen ? 2 : 1;
    context.beginPath();
    context.roundRect(x, y, width, LABEL, 4);
    context.fill();
    context.stroke();
    context.fillStyle = this.#colours[isDoubtful ? "doubt" : "text"];
    context.fillText(text, x + 4, y + half + 0.5);
  }

  #inSight(x, y, width) {
    const [left, top] = [Math.min(Math.max(0, x), this.#width - width), Math.max(0, y)];
    return [left, top, left + width, top + LABEL];
  }
}

// Where in a place without digits something may stand.
function innerHalf([left, top, right, bottom]) {
  const [width, height] = [right - left, bottom - top];
  return [left + width / 4, top + height / 4, right - width / 4, bottom - height / 4];
}
