// The view to make forms in: a sheet is opened, its fields are proposed, put right, and tried.

import { ask, askJson } from "./ask.js";
import { button, find, make, percent, saveFile } from "./dom.js";
import { bitmapOf, picturesOf } from "./files.js";
import { FormDraft, isTable } from "./form_draft.js";
import { FormSheet, sizeOf } from "./form_sheet.js";
import { currentView } from "./views.js";

const LONGEST = 1600; // px of a sheet without rules, of which the page makes the form's picture
const SHARE = 0.2; // of the picture's width: a field that is added by its button

let draft = null;
let chosen = -1;
let opened = 0; // the sheets that were asked for: of two, the later one stays

const sheet = new FormSheet(find("form-fields"), {
  choose,
  change: show,
  name: () => find("field-name").select(),
  remove,
});

listen();

// --- opening

async function open(file) {
  if (!file) return;
  const number = ++opened;
  const tell = (words) => {
    if (number === opened) say(words); // what comes late is of another sheet
  };
  tell("Looking for tables and boxes …");
  try {
    const record = await proposed(file, tell);
    if (number !== opened) return;
    draft = new FormDraft(record);
    chosen = draft.fields.length ? 0 : -1;
    find("form-picture").src = `data:image/png;base64,${record.picture}`;
    find("form-name").value = record.name;
    find("form-results").replaceChildren();
    find("forms-view").classList.remove("empty");
    show();
  } catch (refusal) {
    tell(refusal.message);
  }
}

// The form that the server makes of a sheet; where nothing is ruled on it, one without fields.
async function proposed(file, tell) {
  const { value: picture } = await picturesOf(file, tell).next();
  const name = (file.name || "form").replace(/\.[^.]*$/, "").slice(0, 100) || "form";
  try {
    const path = `v1/form?name=${encodeURIComponent(name)}`;
    const response = await ask(path, { body: picture.file, onWait: tell });
    const record = await response.json();
    const ruled = record.fields.length === 1 ? "One field is" : `${record.fields.length} fields are`;
    const filled = record.filled ? " Some cells look filled in, and are not taken for print. If the sheet is blank, make the form with mnist form new --blank." : "";
    tell(`${ruled} ruled on it. Put them right, or draw others.${filled}`);
    return record;
  } catch (refusal) {
    const { bitmap } = await bitmapOf(picture).catch(() => {
      throw refusal;
    });
    tell(`${refusal.message.split(". ")[0]}. Draw the fields yourself.`);
    return withoutFields(name, bitmap);
  }
}

function withoutFields(name, bitmap) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = make("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const [, picture] = canvas.toDataURL("image/png").split(",");
  return { form: 1, name, size: [canvas.width, canvas.height], fields: [], checks: [], picture };
}

// --- fields

function choose(at) {
  chosen = at;
  show();
}

function remove(at) {
  draft.remove(at);
  chosen = Math.min(at, draft.fields.length - 1);
  show();
  if (chosen >= 0) sheet.focus(chosen);
  else find("add-field").focus();
}

function add() {
  const [width, height] = draft.size;
  choose(draft.addFree([width / 2, middleInSight() * height], [SHARE * width, 0.04 * height]));
  sheet.focus(chosen);
}

// How far down the picture the middle of the window is, from 0 to 1.
function middleInSight() {
  const { top, height } = find("form-fields").getBoundingClientRect();
  return Math.max(0.05, Math.min(0.95, (innerHeight / 2 - top) / height));
}

function show() {
  sheet.show(draft, chosen);
  const names = draft.fields.map((field, at) => {
    const item = button(field.name, () => choose(at));
    item.setAttribute("aria-pressed", at === chosen);
    item.append(make("small", "", sizeOf(field)));
    return item;
  });
  find("field-list").replaceChildren(...names);
  const isEmpty = !draft.fields.length;
  find("add-field").disabled = false;
  find("save-form").disabled = find("try-form").disabled = isEmpty;
  find("field-editor").disabled = chosen < 0;
  showChosen();
}

// Fill the editor in, but for what is being typed.
function showChosen() {
  const field = draft.fields[chosen];
  const put = (id, value) => {
    if (document.activeElement !== find(id)) find(id).value = value;
  };
  put("field-name", field?.name ?? "");
  put("field-expect", [field?.expect ?? []].flat().join(", "));
  const table = field && isTable(field);
  find("field-kind").value = table ? "table" : "box";
  find("of-table").hidden = !table;
  if (!table) return;
  put("field-rows", field.across.length - 1);
  put("field-columns", field.columns.length);
  put("column-names", field.columns.join(", "));
}

function divide() {
  const isBox = find("field-kind").value === "box";
  const rows = isBox ? 0 : Number(find("field-rows").value) || 1;
  draft.divide(chosen, rows, isBox ? 0 : Number(find("field-columns").value) || 1);
  show();
}

// --- what it is for

// Return the form as it goes into its file; the server says what makes no sense in it.
async function checked() {
  draft.record.name = find("form-name").value;
  const response = await askJson("v1/form", { form: draft.record }, { onWait: say });
  return response.json();
}

async function save() {
  try {
    const form = await checked();
    saveFile(new Blob([`${JSON.stringify(form, null, 1)}\n`], { type: "application/json" }), "form.json");
    say("Saved. mnist predict sheets/ --form form.json --output results.csv reads the others.");
  } catch (refusal) {
    say(refusal.message);
  }
}

async function tryOn(file) {
  if (!file) return;
  say("Reading …");
  find("form-results").replaceChildren();
  try {
    const { value: picture } = await picturesOf(file, say).next();
    const body = new FormData();
    body.append("file", picture.file, picture.name);
    body.append("form", new Blob([JSON.stringify(await checked())]), "form.json");
    const record = await (await ask("v1/predict", { body, onWait: say })).json();
    say(`Read ${picture.name}.`);
    find("form-results").replaceChildren(...resultsOf(record));
    find("form-results").scrollIntoView({ block: "nearest" });
  } catch (refusal) {
    say(refusal.message);
  }
}

function resultsOf({ fields, tables }) {
  const list = make("dl");
  for (const { name, text, confidence } of fields) {
    list.append(make("dt", "", name), make("dd", "", `${text || "empty"}, ${percent(confidence)} sure`));
  }
  const boxes = new Set(fields.map(({ name }) => name)); // which are tables of one cell, too
  return [list, ...tables.filter(({ name }) => !boxes.has(name)).map(tableOf)];
}

function tableOf({ name, rows, columns, cells }) {
  const table = make("table");
  table.append(make("caption", "", name));
  for (let row = 1; row <= rows; row++) {
    const line = make("tr");
    for (let column = 1; column <= columns; column++) {
      const cell = cells.find((one) => one.row === row && one.column === column);
      line.append(make("td", cell?.flags.includes("unsure") ? "unsure" : "", cell?.text ?? ""));
    }
    table.append(line);
  }
  return table;
}

function say(words) {
  find("forms-said").textContent = words;
}

// --- the view's controls

function listen() {
  const isShown = () => currentView() === "forms";
  find("open-form-sheet").addEventListener("click", () => find("form-file").click());
  find("try-form").addEventListener("click", () => find("try-file").click());
  for (const [id, use] of [["form-file", open], ["try-file", tryOn]]) {
    find(id).addEventListener("change", async ({ target }) => {
      await use(target.files[0]);
      target.value = "";
    });
  }
  addEventListener("paste", (event) => {
    if (isShown()) open(event.clipboardData.files[0]);
  });
  addEventListener("drop", (event) => {
    if (isShown()) open(event.dataTransfer.files[0]);
  });
  find("add-field").addEventListener("click", add);
  find("save-form").addEventListener("click", save);
  find("remove-field").addEventListener("click", () => remove(chosen));
  const edits = {
    "field-name": (words) => draft.rename(chosen, words),
    "field-expect": (words) => draft.expect(chosen, words),
    "column-names": (words) => draft.nameColumns(chosen, words),
  };
  for (const [id, edit] of Object.entries(edits)) {
    find(id).addEventListener("input", ({ target }) => {
      edit(target.value);
      show();
    });
  }
  for (const id of ["field-kind", "field-rows", "field-columns"]) {
    find(id).addEventListener("change", divide);
  }
}
