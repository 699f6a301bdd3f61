// The list of pictures: which is shown, and how far each is.

import { button, count, find, make } from "./dom.js";

export class SheetList {
  #onChoose;
  #onRemove;

  constructor(onChoose, onRemove) {
    this.#onChoose = onChoose;
    this.#onRemove = onRemove;
  }

  show(sheets, chosen) {
    const hadFocus = find("sheets").contains(document.activeElement);
    find("sheets").replaceChildren(...sheets.map((sheet) => this.#item(sheet, sheet === chosen)));
    if (hadFocus) this.focus();
  }

  // Give the keys to the picture that is shown.
  focus() {
    find("sheets").querySelector("[aria-current]")?.focus();
  }

  #item(sheet, isChosen) {
    const item = make("li", sheet.state);
    const open = button("", () => this.#onChoose(sheet));
    open.append(make("b", "", sheet.name), make("span", "state", stateOf(sheet)));
    open.title = sheet.words;
    if (isChosen) open.setAttribute("aria-current", "true");
    const remove = button("×", () => this.#onRemove(sheet), "remove");
    remove.ariaLabel = `Remove ${sheet.name}`;
    remove.title = "Remove";
    item.append(open, remove);
    return item;
  }
}

export function stateOf({ state, words, left, beside, places }) {
  if (state === "waiting") return words || "waiting";
  if (state === "reading") return words || "reading …";
  if (state === "failed" && (left || !places.length)) return `not read: ${words}`;
  if (!places.length) return "read: no digits";
  if (!left) return "✓ nothing to check";
  const told = beside && beside === left ? (left > 1 ? "all in headings" : "in a heading") : `${beside} of them in headings`;
  return `? ${count(left, "place")} to check${beside ? `, ${told} or outside of tables` : ""}`;
}
