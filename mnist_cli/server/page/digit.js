// One place closely: its crop, and of each of its digits the 28×28 pixels and the next best answers.

import { find, make, button, percent } from "./dom.js";
import { boxOf } from "./boxes.js";
import { digitsIn } from "./places.js";

const MARGIN = 0.25; // of the longer side, around a crop
const MOST_SCALE = 6;
const BEST = 4; // answers that are shown

export class DigitPanel {
  #on;
  #sheet = null;
  #at = -1;
  #nth = 0;

  // `on` has choose(at, nth), write(at), and what a person says of a place: digit(at, nth, digit),
  // what its nth digit is; right(at), that it is as it stands; empty(at), that nothing does.
  constructor(on) {
    this.#on = on;
    find("nothing-here").addEventListener("click", () => on.empty(this.#at));
    find("is-right").addEventListener("click", () => on.right(this.#at));
    find("write").addEventListener("click", () => on.write(this.#at));
    find("right-digit").addEventListener("input", ({ target }) => {
      const digit = target.value.trim();
      target.value = "";
      if (/^\d$/.test(digit)) this.#on.digit(this.#at, this.#nth, digit);
    });
  }

  hide() {
    find("digit-panel").hidden = true;
  }

  show(sheet, bitmap, placing, at, nth) {
    [this.#sheet, this.#at, this.#nth] = [sheet, at, nth];
    const place = sheet.places[at];
    find("digit-panel").hidden = !place;
    if (!place) return;
    find("place-name").textContent = nameOf(sheet, place);
    if (placing) drawCrop(find("crop"), bitmap, placing, place);
    find("crop").ariaLabel = `What stands there; ${place.read || !place.hasInk ? `read as ${place.read || "empty"}` : "not read"}`;
    find("not-read").hidden = !sheet.isUnread(at);
    find("is-right").hidden = sheet.isUnread(at);
    this.#showDigits(place);
    this.#showDigit(place);
  }

  #showDigits(place) {
    find("place-digits").hidden = place.digits.length < 2;
    find("place-digits").replaceChildren(
      ...place.digits.map((at, nth) => {
        const digit = this.#sheet.record.digits[at];
        const one = button(`${this.#written(place, nth)}`, () => this.#on.choose(this.#at, nth));
        one.ariaPressed = nth === this.#nth;
        one.ariaLabel = `Digit ${nth + 1}: ${this.#written(place, nth)}${digit.unsure && !place.checked ? ", not sure" : ""}`;
        one.classList.toggle("unsure", digit.unsure && !place.checked);
        return one;
      }),
    );
  }

  #showDigit(place) {
    const digit = this.#sheet.record.digits[place.digits[this.#nth]];
    find("one-digit").hidden = !digit;
    if (!digit) return;
    const image = this.#sheet.record.explanation.images[place.digits[this.#nth]];
    find("digit-seen").src = `data:image/png;base64,${image}`;
    find("digit-seen").alt = `Digit ${this.#nth + 1} in 28×28 pixels`;
    find("next-best").replaceChildren(
      ...digit.top.slice(0, BEST).map(([which, share]) => {
        const one = button("", () => this.#on.digit(this.#at, this.#nth, `${which}`));
        one.append(make("b", "", `${which}`), ` ${percent(share)}`);
        one.ariaPressed = this.#written(place, this.#nth) === `${which}`;
        return one;
      }),
    );
  }

  // What counts for the nth digit; what was read, where other digits stand there than were found.
  #written(place, nth) {
    const written = digitsIn(place.text);
    const fits = written.length === place.digits.length;
    return fits ? written[nth] : `${this.#sheet.record.digits[place.digits[nth]].digit}`;
  }
}

export function nameOf(sheet, place) {
  if (place.table < 0) return `Line ${place.line}`;
  const { name } = sheet.record.tables[place.table];
  const table = name || (sheet.record.tables.length > 1 ? `Table ${place.table + 1}` : "");
  return `${table ? `${table}, ` : ""}row ${place.row}, column ${place.column}`;
}

function drawCrop(canvas, bitmap, placing, place) {
  const [left, top, right, bottom] = boxOf(place.corners.map((point) => placing.turn(point)));
  const margin = MARGIN * Math.min(right - left, bottom - top);
  const [width, height] = [right - left + 2 * margin, bottom - top + 2 * margin];
  const scale = Math.min((canvas.clientWidth || 280) / width, 96 / height, MOST_SCALE);
  canvas.width = Math.max(1, Math.round(width * scale * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(height * scale * devicePixelRatio));
  const context = canvas.getContext("2d");
  context.scale(devicePixelRatio, devicePixelRatio);
  placing.draw(context, bitmap, (margin - left) * scale, (margin - top) * scale, scale);
}
