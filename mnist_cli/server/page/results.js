// What leaves the page: to the clipboard, as files, and the digits put right as training data.

import { ask, askJson } from "./ask.js";
import { count, find, saveFile } from "./dom.js";
import { onView } from "./views.js";

// `sheets()` gives all that were read or could not be, `chosen()` the one that is shown; `say` shows a sentence.
export class Results {
  #sheets;
  #chosen;
  #say;
  #folder = null; // once it was looked for
  #most = 1; // digits that are kept by one request

  constructor(sheets, chosen, say) {
    [this.#sheets, this.#chosen, this.#say] = [sheets, chosen, say];
    this.#on("copy", () => this.#copy());
    this.#on("save-csv", () => this.#table("csv"));
    this.#on("save-xlsx", () => this.#table("xlsx"));
    this.#on("save-json", () => this.#json());
    this.#on("save-zip", () => this.#archive());
    this.#on("keep", () => this.#keep());
    this.#on("copy-command", () => this.#copyCommand());
    onView((view) => {
      if (view === "pictures") this.#folder ??= this.#lookForFolder();
    });
  }

  refresh() {
    const hasRead = this.#sheets().some(({ isRead }) => isRead);
    for (const id of ["copy", "save-csv", "save-xlsx", "save-json"]) find(id).disabled = !hasRead;
    const { digits, without, unusable } = this.#corrected();
    find("save-zip").disabled = find("keep").disabled = !digits.length;
    const none = without || unusable ? "" : "Nothing was put right yet.";
    find("corrected-count").textContent = digits.length ? `${count(digits.length, "digit")} to learn from.` : none;
    const cannot = (places, why) => (places ? `Of ${count(places, "place")} no digit can be learnt: ${why}.` : "");
    const reasons = [
      cannot(without, "you wrote none there"),
      cannot(unusable, "another number of digits was found there than you wrote"),
    ];
    find("unusable").textContent = reasons.filter(Boolean).join(" ");
  }

  #on(id, act) {
    find(id).addEventListener("click", async () => {
      try {
        await act();
      } catch (error) {
        this.#say(error.message);
      }
    });
  }

  #records() {
    return this.#sheets().map((sheet) => sheet.correctedRecord);
  }

  #corrected() {
    const all = this.#sheets().map((sheet) => sheet.corrected);
    const sum = (key) => all.reduce((whole, one) => whole + one[key], 0);
    return { digits: all.flatMap(({ digits }) => digits), without: sum("without"), unusable: sum("unusable") };
  }

  async #copy() {
    await toClipboard(rowsOf(this.#chosen()).map((row) => row.join("\t")).join("\n"));
    this.#say("Copied, to be pasted into a spreadsheet.");
  }

  async #table(format) {
    const records = this.#records().map(forTable);
    const response = await askJson(`v1/results?format=${format}`, records, { onWait: this.#say });
    saveFile(await response.blob(), `digits.${format}`);
  }

  #json() {
    saveFile(new Blob([JSON.stringify(this.#records(), null, 2)], { type: "application/json" }), "digits.json");
  }

  async #archive() {
    const { digits } = this.#corrected();
    const response = await askJson("v1/corrected", { digits }, { onWait: this.#say });
    saveFile(await response.blob(), "corrected.zip");
    this.#say("Unpack corrected.zip, and run the command below beside it.");
  }

  async #keep() {
    const { digits } = this.#corrected();
    let sum = 0;
    for (let at = 0; at < digits.length; at += this.#most) {
      const portion = { digits: digits.slice(at, at + this.#most) };
      sum += (await (await askJson("v1/kept", portion, { onWait: this.#say })).json()).kept;
    }
    this.#say(`${count(sum, "digit")} kept on the server.`);
  }

  async #copyCommand() {
    await toClipboard(find("command").textContent);
    this.#say("The command is copied.");
  }

  async #lookForFolder() {
    let folder = null;
    try {
      ({ folder, most: this.#most } = await (await ask("v1/kept", { method: "GET" })).json());
    } catch {
      // who has no key keeps nothing there
    }
    find("keep").hidden = !folder;
    if (!folder) return;
    find("command").textContent = `mnist train --data mnist --data ${quoted(folder)} --from bundled --promote`;
    find("where").textContent = "On the server's machine run";
  }
}

// A record without what no table shows: a stack of sheets is many megabytes.
function forTable(record) {
  const digits = record.digits.map((digit) => ({ ...digit, top: [] }));
  return { ...record, digits, marks: [], left_out: [] };
}

async function toClipboard(text) {
  if (!navigator.clipboard) throw new Error("Browsers let pages copy over https, and on this machine, alone.");
  await navigator.clipboard.writeText(text);
}

// The rows of a sheet as they are on paper.
function rowsOf({ record, places }) {
  const rows = record.tables.map(({ rows, columns }) => Array.from({ length: rows }, () => Array(columns).fill("")));
  const lines = new Map();
  for (const { table, row, column, line, text } of places) {
    if (table >= 0) rows[table][row - 1][column - 1] = harmless(text);
    else lines.set(line, [...(lines.get(line) ?? []), harmless(text)]);
  }
  return [...rows.flat(), ...lines.values()];
}

// A text that no spreadsheet takes for a formula, as `as_text` of core/csv_rows.py; -5 stays a number.
function harmless(text) {
  return /^(?![-+][\d.,]*$)[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(path) {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
