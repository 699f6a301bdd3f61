// The fields of a form over its sheet: drawn, moved and resized with a pointer or with keys.

import { make } from "./dom.js";
import { isTable } from "./form_draft.js";

const STEP = 5; // px of the picture that an arrow key moves; 1 with Alt
const LEAST_DRAWN = 6; // px of the screen: a shorter movement is a click
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class FormSheet {
  #area;
  #draft = null;
  #chosen = -1;
  #on;
  #drag = null; // {kind, at, from, box}

  // on.choose gets an index, or -1; on.change is called after a field's place changed; on.name when
  // a field is to be named; on.remove gets an index.
  constructor(area, on) {
    this.#area = area;
    this.#on = on;
    area.addEventListener("pointerdown", (event) => this.#begin(event));
    area.addEventListener("pointermove", (event) => this.#go(event));
    area.addEventListener("pointerup", () => this.#end());
    area.addEventListener("pointercancel", () => this.#end());
    area.addEventListener("keydown", (event) => this.#press(event));
    area.addEventListener("focusin", ({ target }) => this.#focused(target));
  }

  show(draft, chosen) {
    this.#draft = draft;
    this.#chosen = chosen;
    const isFocused = this.#area.contains(document.activeElement);
    this.#area.replaceChildren(...draft.fields.map((field, at) => this.#element(field, at)));
    if (isFocused) this.focus(chosen);
  }

  focus(at) {
    this.#area.children[at]?.focus({ preventScroll: true });
  }

  #element(field, at) {
    const [width, height] = this.#draft.size;
    const [left, top, right, bottom] = field.box;
    const element = make("div", at === this.#chosen ? "field chosen" : "field");
    const sides = { left: left / width, top: top / height, width: (right - left) / width, height: (bottom - top) / height };
    for (const [side, share] of Object.entries(sides)) element.style[side] = `${100 * share}%`;
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-pressed", at === this.#chosen);
    element.setAttribute("aria-describedby", "field-keys");
    element.ariaLabel = `${field.name}, ${sizeOf(field)}`;
    if (isTable(field)) element.append(...rulesOf(field));
    element.append(make("b", "", field.name), make("i", "grip"));
    return element;
  }

  #focused(target) {
    const at = [...this.#area.children].indexOf(target);
    if (at >= 0 && at !== this.#chosen) this.#on.choose(at);
  }

  #pointAt(event) {
    const { left, top, width } = this.#area.getBoundingClientRect();
    const scale = this.#draft.size[0] / width;
    return [(event.clientX - left) * scale, (event.clientY - top) * scale];
  }

  // A finger scrolls where there is no field: it moves those that "Add a field" makes.
  #begin(event) {
    if (!this.#draft || event.button !== 0) return;
    const element = event.target.closest(".field");
    if (!element && event.pointerType === "touch") return;
    event.preventDefault();
    this.#area.setPointerCapture(event.pointerId);
    const from = this.#pointAt(event);
    if (!element) {
      this.#drag = { kind: "draw", at: -1, from };
      return;
    }
    const at = [...this.#area.children].indexOf(element);
    const kind = event.target.classList.contains("grip") ? "resize" : "move";
    this.#drag = { kind, at, from, box: this.#draft.fields[at].box };
    this.#on.choose(at);
    this.focus(at);
  }

  #go(event) {
    const drag = this.#drag;
    if (!drag) return;
    const [x, y] = this.#pointAt(event);
    const [right, down] = [x - drag.from[0], y - drag.from[1]];
    if (drag.kind === "draw") return this.#draw(drag, x, y);
    const [x0, y0, x1, y1] = drag.box;
    if (drag.kind === "resize") this.#draft.place(drag.at, [x0, y0, Math.max(x0 + 1, x1 + right), Math.max(y0 + 1, y1 + down)]);
    else {
      const [nowX, nowY] = this.#draft.fields[drag.at].box;
      this.#draft.move(drag.at, x0 + right - nowX, y0 + down - nowY);
    }
    this.#on.change();
  }

  #draw(drag, x, y) {
    const scale = this.#draft.size[0] / this.#area.clientWidth;
    const isShort = Math.max(Math.abs(x - drag.from[0]), Math.abs(y - drag.from[1])) < LEAST_DRAWN * scale;
    if (drag.at < 0 && isShort) return;
    const box = [...drag.from, x, y];
    if (drag.at < 0) {
      drag.at = this.#draft.add(box);
      this.#on.choose(drag.at);
    } else {
      this.#draft.place(drag.at, box);
      this.#on.change();
    }
  }

  #end() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.kind !== "draw") return;
    if (drag.at < 0) this.#on.choose(-1);
    else this.#on.name();
  }

  #press(event) {
    const at = this.#chosen;
    if (at < 0 || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [right, down] = arrow.map((way) => way * (event.altKey ? 1 : STEP));
      const [x0, y0, x1, y1] = this.#draft.fields[at].box;
      if (event.shiftKey) this.#draft.place(at, [x0, y0, Math.max(x0 + 1, x1 + right), Math.max(y0 + 1, y1 + down)]);
      else this.#draft.move(at, right, down);
      this.#on.change();
    } else if (event.key === "Enter" || event.key === " ") this.#on.name();
    else if (event.key === "Delete" || event.key === "Backspace") this.#on.remove(at);
    else return;
    event.preventDefault();
  }
}

export function sizeOf(field) {
  return isTable(field) ? `table of ${field.across.length - 1}×${field.columns.length}` : "one box";
}

// A table's inner rules, as thin elements over its area.
function rulesOf({ box: [left, top, right, bottom], across, down }) {
  const rule = (className, side, share) => {
    const element = make("u", className);
    element.style[side] = `${100 * share}%`;
    return element;
  };
  return [
    ...across.slice(1, -1).map((y) => rule("row", "top", (y - top) / (bottom - top))),
    ...down.slice(1, -1).map((x) => rule("column", "left", (x - left) / (right - left))),
  ];
}
