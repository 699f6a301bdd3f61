// Draws a picture, and over it frames and answers that stand out on any picture: lines with an edge
// in the other colour, and texts on a plate of paper.

import { boxOf } from "./places.js";

const LEGIBLE = { width: 20, height: 13 }; // px of a place that has room for a doubt's answer
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
    places.forEach((place, at) => {
      const corners = place.corners.map(onScreen);
      const box = boxOf(corners);
      if (!this.#isSeen(box)) return;
      const isDoubtful = sheet.needsLook(at);
      const isChosen = at === chosen.at;
      this.#frame(corners, isDoubtful ? "doubt" : "accent", isChosen ? 3 : 1, isDoubtful);
      this.#digits(place, record, isChosen ? chosen.nth : -1, onScreen);
      const [width, height] = [box[2] - box[0], box[3] - box[1]];
      const least = isDoubtful || place.checked ? LEGIBLE.height : ROOMY;
      if (isChosen || (width >= LEGIBLE.width && height >= least)) {
        labels.push([box, place, isDoubtful, isChosen]);
      }
    });
    labels.sort((one, other) => one[3] - other[3]); // the chosen one's on top
    for (const label of labels) this.#label(...label);
  }

  #digits(place, record, nth, onScreen) {
    place.digits.forEach((at, index) => {
      const { box, unsure } = record.digits[at];
      const [left, top, right, bottom] = box;
      const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map(onScreen);
      const [x0, , x1] = boxOf(corners);
      const isDoubtful = unsure && !place.checked;
      if (x1 - x0 < SMALLEST_DIGIT) return;
      this.#frame(corners, isDoubtful ? "doubt" : "accent", index === nth ? 2.5 : 1, isDoubtful);
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

  // On the place's upper left corner, above it where there is room.
  #label([left, top], place, isDoubtful, isChosen) {
    const context = this.#context;
    const text = `${place.text || (isDoubtful || isChosen ? "empty" : "")}${isDoubtful ? "?" : place.checked ? " ✓" : ""}`;
    if (!text) return;
    const width = context.measureText(text).width + 8;
    const x = Math.min(Math.max(0, left), this.#width - width);
    const y = Math.max(0, top - 8);
    context.fillStyle = this.#colours.paper;
    context.strokeStyle = this.#colours[isDoubtful ? "doubt" : isChosen ? "accent" : "text"];
    context.lineWidth = isChosen ? 2 : 1;
    context.beginPath();
    context.roundRect(x, y, width, 16, 4);
    context.fill();
    context.stroke();
    context.fillStyle = this.#colours[isDoubtful ? "doubt" : "text"];
    context.fillText(text, x + 4, y + 8.5);
  }
}
