// What was read as a grid to edit: tables as they are on paper, and the numbers outside them.
//
// Keys: arrows move, Tab goes to the next doubtful place, and out where there is none; what is
// typed replaces; Enter confirms and goes on to the next doubtful place; Escape leaves as it was.
// Where something stands that was not read, Enter alone confirms nothing: Delete and Enter do.

import { make } from "./dom.js";
import { gridsOf } from "./grid_cells.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LONGEST = 40; // characters of an answer

export class Grid {
  #box;
  #on;
  #sheet = null;
  #cells = []; // an element a place
  #maps = []; // of each grid, from "row,column" to a place's index
  #where = []; // of each place, [grid, row, column]
  #at = -1;
  #input = null;
  #meansEmpty = false; // Delete was pressed where nothing was written

  // `on` has choose(at), put(at, text), refuse(at): it was not read, and nothing is written there;
  // undo(), redo(), done(): nothing doubtful is left.
  constructor(box, on) {
    this.#box = box;
    this.#on = on;
    box.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener("focusin", (event) => this.#enter(event.target));
    box.addEventListener("click", (event) => this.#click(event));
  }

  show(sheet) {
    this.#sheet = sheet;
    this.#input = null;
    this.#at = -1;
    this.#cells = [];
    this.#maps = [];
    this.#where = [];
    const grids = gridsOf(sheet);
    grids.forEach(({ cells }, grid) => {
      this.#maps.push(new Map(cells.map(({ at, row, column }) => [`${row},${column}`, at])));
      for (const { at, row, column, cell } of cells) {
        this.#cells[at] = cell;
        this.#where[at] = [grid, row, column];
        this.refresh(at);
      }
    });
    this.#box.replaceChildren(...grids.map(({ element }) => element));
    this.#settle(Math.max(0, sheet.nextDoubt(-1)));
  }

  // Show what stands at a place now.
  refresh(at) {
    const place = this.#sheet.places[at];
    const cell = this.#cells[at];
    if (!cell) return;
    const doubtful = this.#sheet.needsLook(at);
    cell.classList.toggle("unsure", doubtful);
    cell.classList.toggle("checked", place.checked);
    const state = doubtful ? "not sure" : place.checked ? "checked" : "";
    const nothing = this.#sheet.isUnread(at) ? "not read" : "empty";
    cell.replaceChildren(place.text, ...(state ? [make("span", "unseen", `${place.text ? "" : nothing}, ${state}`)] : []));
  }

  // Make a place the current one, and give it the keys; it comes into the grid's view, and with
  // `follow` into the window's.
  choose(at, follow = true) {
    this.#settle(at);
    const cell = this.#cells[at];
    if (!cell) return;
    cell.focus({ preventScroll: true });
    if (follow) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    else scrollWithin(this.#box, cell);
  }

  // Write into a place with what is there.
  edit(at) {
    this.choose(at);
    this.#begin(this.#sheet.places[at].text);
  }

  // A person says that a place is as it stands.
  confirmRead(at) {
    this.choose(at);
    this.#confirm(this.#sheet.places[at].text);
  }

  // A person says that nothing stands at a place.
  confirmEmpty(at) {
    this.choose(at);
    this.#confirm("", true);
  }

  #settle(at) {
    if (this.#input) this.#commit(false);
    if (this.#cells[this.#at]) this.#cells[this.#at].tabIndex = -1;
    this.#cells[this.#at]?.classList.remove("current");
    this.#at = at;
    if (!this.#cells[at]) return;
    this.#cells[at].tabIndex = 0;
    this.#cells[at].classList.add("current");
  }

  #enter(target) {
    const at = Number(target.closest("td")?.dataset.place ?? -1);
    if (at < 0 || target === this.#input) return;
    this.#settle(at);
    this.#on.choose(at);
  }

  #click(event) {
    const at = Number(event.target.closest("td")?.dataset.place ?? -1);
    if (at < 0 || event.target === this.#input) return;
    if (event.detail > 1 || (this.#wasCurrent === at && document.activeElement === this.#cells[at])) this.edit(at);
    this.#wasCurrent = at;
  }

  #wasCurrent = -1; // a second click on a place, as a finger's second tap, writes into it

  #press(event) {
    if (this.#at < 0 || !event.target.closest("td")) return;
    const { key } = event;
    const isEditing = this.#input !== null;
    const handled = isEditing ? this.#pressIn(event) : this.#pressOn(event);
    if (handled || (key === "Tab" && this.#tab(event.shiftKey ? -1 : 1))) event.preventDefault();
  }

  #pressOn({ key, ctrlKey, metaKey, altKey, shiftKey }) {
    if (altKey) return false;
    if (ctrlKey || metaKey) {
      const which = key.toLowerCase();
      if (which === "z" && !shiftKey) this.#on.undo();
      else if (which === "y" || which === "z") this.#on.redo();
      else return false;
      return true;
    }
    if (key in ARROWS) return this.#move(...ARROWS[key]);
    if (key === "Home" || key === "End") return this.#edge(key === "Home");
    if (key === "Enter") return this.#confirm(this.#sheet.places[this.#at].text);
    if (key === "F2") return this.#begin(this.#sheet.places[this.#at].text);
    if (key === "Backspace" || key === "Delete") return this.#begin("", true);
    return key.length === 1 && key !== " " ? this.#begin(key) : false;
  }

  #pressIn({ key }) {
    if (key === "Enter") return this.#confirm(this.#input.value.trim(), this.#meansEmpty);
    if (key === "Escape") return this.#leave();
    if (key === "ArrowUp" || key === "ArrowDown") {
      this.#commit(true);
      return this.#move(...ARROWS[key]);
    }
    if (key === "Tab") this.#commit(true);
    if ((key === "Backspace" || key === "Delete") && !this.#input.value) this.#meansEmpty = true;
    return false;
  }

  #move(down, right) {
    const [grid, row, column] = this.#where[this.#at];
    const { length } = this.#cells;
    for (let step = 1; step <= length; step++) {
      const at = this.#maps[grid].get(`${row + down * step},${column + right * step}`);
      if (at !== undefined) return this.#go(at);
    }
    const near = down ? this.#maps[grid + down] : undefined; // over the edge, into the next grid
    if (near?.size) this.#go([...near.values()].at(down > 0 ? 0 : -1));
    return true;
  }

  #edge(isFirst) {
    const [grid, row] = this.#where[this.#at];
    const inRow = [...this.#maps[grid].values()].filter((at) => this.#where[at][1] === row);
    return this.#go(inRow.at(isFirst ? 0 : -1));
  }

  #tab(step) {
    const next = this.#sheet.nextDoubt(this.#at, step);
    return next >= 0 && this.#go(next);
  }

  #go(at) {
    this.choose(at);
    return true;
  }

  #begin(text, meansEmpty = false) {
    this.#meansEmpty = meansEmpty;
    const cell = this.#cells[this.#at];
    this.#input = make("input");
    const inputMode = this.#sheet.hasMarks ? "text" : "numeric"; // a keypad has no - : /
    Object.assign(this.#input, { value: text, maxLength: LONGEST, inputMode, autocomplete: "off", ariaLabel: "What stands here" });
    this.#input.addEventListener("blur", () => this.#commit(true));
    cell.replaceChildren(this.#input);
    this.#input.focus();
    this.#input.setSelectionRange(text.length, text.length);
    return true;
  }

  #leave() {
    this.#input = null;
    this.refresh(this.#at);
    this.#cells[this.#at].focus();
    return true;
  }

  // End writing; what is as it was is not taken for confirmed.
  #commit(focus) {
    if (!this.#input) return;
    const text = this.#input.value.trim();
    const hadFocus = this.#input === document.activeElement;
    this.#input = null;
    const at = this.#at;
    if (text !== this.#sheet.places[at].text) this.#on.put(at, text);
    this.refresh(at);
    if (focus && hadFocus) this.#cells[at].focus();
  }

  #confirm(text, meansEmpty = false) {
    const at = this.#at;
    if (!text && !meansEmpty && this.#sheet.isUnread(at)) return this.#on.refuse(at);
    this.#input = null;
    if (this.#sheet.needsLook(at) || text !== this.#sheet.places[at].text) this.#on.put(at, text);
    this.refresh(at);
    const next = this.#sheet.nextDoubt(at);
    const one = next >= 0 ? next : this.#sheet.nextDoubt(-1);
    if (one < 0) this.#cells[at].focus();
    return one >= 0 ? this.#go(one) : this.#on.done();
  }
}

// Scroll a box, and nothing around it, so far that a cell in it is seen, beside the heads that stay.
function scrollWithin(box, cell) {
  const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()];
  const { scrollMarginTop, scrollMarginLeft } = getComputedStyle(cell);
  const [top, left] = [outer.top + parseFloat(scrollMarginTop), outer.left + parseFloat(scrollMarginLeft)];
  box.scrollTop += Math.min(0, inner.top - top) + Math.max(0, inner.bottom - outer.bottom);
  box.scrollLeft += Math.min(0, inner.left - left) + Math.max(0, inner.right - outer.right);
}
