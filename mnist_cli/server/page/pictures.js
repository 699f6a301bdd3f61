// The view for pictures and sheets: opens, has them read, shows, corrects, keeps.

import { ask } from "./ask.js";
import { DigitPanel, nameOf } from "./digit.js";
import { count, find } from "./dom.js";
import { bitmapOf, picturesOf, sizeOf } from "./files.js";
import { Grid } from "./grid.js";
import { hearFiles } from "./incoming.js";
import { Kept } from "./kept.js";
import { unread } from "./places.js";
import { Results } from "./results.js";
import { Sheet } from "./sheet.js";
import { SheetList, stateOf } from "./sheet_list.js";
import { tellOfMore } from "./sideways.js";
import { Viewer } from "./viewer.js";

const AT_ONCE = 2; // pictures that are being read

let sheets = [];
let chosen = null;
let bitmap = null; // of the chosen one
let place = { at: -1, nth: 0 }; // that is looked at
let pointed = -1; // the place on the picture that is pointed at: it stays where it is
let reading = 0;
let opened = 0; // since the page was loaded

const kept = new Kept(say);
const list = new SheetList(choose, remove);
const grid = new Grid(find("grid"), { choose: look, put, refuse, undo: () => step("undo"), redo: () => step("redo"), done: goOn });
const viewer = new Viewer(
  find("viewer"),
  (at, nth) => {
    pointed = at;
    grid.choose(at, false);
    look(at, nth);
    pointed = -1;
  },
  (scale) => {
    find("zoom").textContent = scale ? `${Math.round(100 * scale)} %` : "–";
  },
);
const panel = new DigitPanel({
  choose: look,
  write: (at) => grid.edit(at),
  digit: (at, nth, digit) => put(at, chosen.withDigit(at, nth, digit), nth),
  right: (at) => grid.confirmRead(at),
  empty: (at) => grid.confirmEmpty(at),
});
const results = new Results(() => sheets.filter(({ hasResults }) => hasResults), () => chosen, say);
tellOfMore(find("grid"), find("grid-wide"));
hearFiles(add, say);
listen();
restore();

function say(words) {
  find("pictures-said").textContent = words;
}

async function restore() {
  const stored = await kept.all();
  const known = new Set(sheets.map(({ id }) => id)); // somebody may be faster than the browser
  const before = stored.filter(({ id }) => !known.has(id)).map((one) => new Sheet(one));
  sheets = [...before, ...sheets];
  for (let free = 0; free < AT_ONCE; free++) readSoon();
  if (!chosen && sheets.length) choose(sheets[0]);
  refresh();
}

async function add(files) {
  say("");
  let first = null; // which is shown at once
  for (const file of files) {
    try {
      for await (const picture of picturesOf(file, say)) {
        const sheet = addSheet(picture);
        if (!first) showFirst((first = sheet));
      }
    } catch (error) {
      const sheet = addSheet({ name: file.name || "pasted", file, words: error.message, code: error.code });
      if (!first) showFirst((first = sheet));
    }
  }
}

// Show the first of those that were opened; the keys go to it, wherever they were.
function showFirst(sheet) {
  choose(sheet);
  list.focus();
}

function addSheet(about) {
  const sheet = new Sheet({ id: nextId(), ...about });
  sheets.push(sheet);
  kept.putFile(sheet).then(() => kept.putSheet(sheet));
  refresh();
  readSoon();
  return sheet;
}

// Ids are in the order in which pictures came, also beside those of another tab.
function nextId() {
  return `${Date.now()}-${`${opened++}`.padStart(6, "0")}-${Math.random()}`;
}

async function readSoon() {
  if (reading >= AT_ONCE) return;
  const sheet = sheets.find(({ state }) => state === "waiting");
  if (!sheet) return;
  reading++;
  await read(sheet);
  reading--;
  readSoon();
}

async function read(sheet) {
  sheet.state = "reading";
  refresh();
  const onWait = (words) => {
    sheet.words = words;
    refresh();
  };
  try {
    const path = "v1/predict?explain=true&top_k=10";
    const response = await ask(path, { body: sheet.file, onWait });
    sheet.take(await response.json());
  } catch (error) {
    const size = await sizeOf(sheet); // none of what is no picture
    sheet.fail(error.message, size && unread(sheet.name, size), error.code);
  }
  if (!sheets.includes(sheet)) return; // removed in the meantime
  await kept.putSheet(sheet);
  if (sheet === chosen) show();
  refresh();
}

async function choose(sheet) {
  chosen = sheet;
  bitmap?.close();
  bitmap = null;
  show();
  refresh();
  if (!sheet) return;
  try {
    const { bitmap: own, shown } = await bitmapOf(sheet);
    if (sheet !== chosen) return own.close(); // another was opened meanwhile
    bitmap = own;
    if (shown && shown !== sheet.shown) {
      sheet.shown = shown;
      kept.putFile(sheet);
    }
  } catch {
    return; // it is no picture: what the server says of it stands in the list
  }
  viewer.show(chosen, bitmap);
  if (place.at >= 0) look(place.at, place.nth); // somebody was faster than the picture
}

// Show the chosen sheet as it is now.
function show() {
  place = { at: -1, nth: 0 };
  viewer.show(chosen, bitmap);
  panel.hide();
  if (chosen) grid.show(chosen);
  else find("grid").replaceChildren();
}

function refresh() {
  find("pictures-view").classList.toggle("empty", !sheets.length);
  list.show(sheets, chosen);
  find("forget").disabled = !sheets.length;
  find("check").hidden = !chosen?.left;
  find("sheet-state").textContent = chosen ? stateOf(chosen) : "";
  const isBusy = chosen?.state === "waiting" || chosen?.state === "reading";
  find("sheet-panel").setAttribute("aria-busy", isBusy);
  find("viewer").ariaLabel = chosen ? `${chosen.name}: ${stateOf(chosen)}` : "No picture";
  results.refresh();
}

function look(at, nth = chosen.firstDoubt(at)) {
  place = { at, nth };
  find("grid-said").textContent = "";
  viewer.choose(at, nth, at !== pointed);
  if (bitmap) panel.show(chosen, bitmap, viewer.placing, at, nth);
}

function put(at, text, nth) {
  chosen.put(at, text);
  changed(at);
  look(at, nth);
}

function refuse(at) {
  const name = nameOf(chosen, chosen.places[at]);
  find("grid-said").textContent = `What stands here was not read (${name}): type it. If nothing does, press Delete, then Enter.`;
  return true;
}

function step(which) {
  const at = chosen[which]();
  if (at < 0) return;
  changed(at);
  grid.choose(at);
  look(at);
}

function changed(at) {
  grid.refresh(at);
  kept.putSheet(chosen);
  refresh();
}

// Nothing on this picture is left to look at: on to the next one that has something.
function goOn() {
  const from = sheets.indexOf(chosen);
  const next = [...sheets.slice(from + 1), ...sheets.slice(0, from)].find(({ left }) => left);
  say(next ? `Nothing is left to check on ${chosen.name}: on to ${next.name}.` : "Nothing is left to check.");
  if (!next) return true;
  choose(next).then(() => grid.choose(next.nextDoubt(-1)));
  return true;
}

function remove(sheet) {
  const at = sheets.indexOf(sheet);
  sheets.splice(at, 1);
  kept.remove(sheet.id);
  if (sheet === chosen) choose(sheets[at] ?? sheets.at(-1) ?? null);
  refresh();
}

function forget() {
  if (!confirm(`Forget ${count(sheets.length, "picture")}, what was read and what you put right?`)) return;
  sheets = [];
  kept.clear();
  choose(null);
  say("");
}

function listen() {
  find("forget").addEventListener("click", forget);
  find("check").addEventListener("click", () => grid.choose(chosen.nextDoubt(-1)));
  find("zoom-in").addEventListener("click", () => viewer.zoom(1.5));
  find("zoom-out").addEventListener("click", () => viewer.zoom(1 / 1.5));
  find("zoom-fit").addEventListener("click", () => viewer.fit());
  find("zoom-own").addEventListener("click", () => viewer.ownSize());
  find("answers-shown").addEventListener("click", ({ currentTarget }) => {
    const shown = viewer.toggleAnswers();
    currentTarget.ariaPressed = shown;
    find("boxes-key").hidden = !shown;
  });
}
