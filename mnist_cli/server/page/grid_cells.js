// Builds the grids of a sheet: tables as they are on paper, and the lines of numbers outside tables.

import { count, make } from "./dom.js";

// Return {element, cells} of each; a cell is {at, row, column, cell}: which place it is, where in
// the grid, from 1, and its element.
export function gridsOf(sheet) {
  const tables = (sheet.record?.tables ?? []).map((table, at) => ofTable(table, at, sheet.places));
  const hasLoose = sheet.places.some(({ table }) => table < 0);
  const name = tables.length ? "Outside of tables" : "Numbers";
  return hasLoose ? [...tables, ofLoose(sheet.places, name)] : tables;
}

function ofTable(table, index, places) {
  const name = table.name || `Table ${index + 1}`;
  const element = grid(`${name}, ${count(table.rows, "row")}, ${count(table.columns, "column")}`);
  const heads = element.createTHead().insertRow();
  heads.append(make("td"), ...numbers(table.columns).map((column) => head(column, "col")));
  const byPlace = new Map();
  places.forEach((place, at) => {
    if (place.table === index) byPlace.set(`${place.row},${place.column}`, at);
  });
  const cells = [];
  const body = element.createTBody();
  for (const row of numbers(table.rows)) {
    const line = body.insertRow();
    line.append(head(row, "row"));
    for (const column of numbers(table.columns)) {
      const at = byPlace.get(`${row},${column}`);
      const cell = at === undefined ? make("td", "merged") : cellOf(at);
      if (at !== undefined) cells.push({ at, row, column, cell });
      line.append(cell);
    }
  }
  return { element, cells };
}

// A row a line: so a line of print that was taken for digits is one row.
function ofLoose(places, name) {
  const element = grid(name);
  element.className = "list";
  const cells = [];
  const lines = new Map(); // from a line to its row
  const body = element.createTBody();
  places.forEach((place, at) => {
    if (place.table >= 0) return;
    if (!lines.has(place.line)) {
      const row = body.insertRow();
      row.append(head(`line ${place.line}`, "row"));
      lines.set(place.line, row);
    }
    const row = lines.get(place.line);
    const cell = cellOf(at);
    cells.push({ at, row: lines.size, column: row.cells.length, cell });
    row.append(cell);
  });
  return { element, cells };
}

function grid(name) {
  const element = make("table");
  element.setAttribute("role", "grid");
  element.ariaLabel = name;
  return element;
}

function cellOf(at) {
  const cell = make("td");
  cell.setAttribute("role", "gridcell");
  cell.tabIndex = -1;
  cell.dataset.place = at;
  return cell;
}

function head(text, scope) {
  const element = make("th", "", `${text}`);
  element.scope = scope;
  return element;
}

function numbers(count) {
  return Array.from({ length: count }, (_, at) => at + 1);
}
