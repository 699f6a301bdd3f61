// The view to draw in: joins paper, tools, server and answer.

import { Answer } from "./answer.js";
import { find, make, saveFile } from "./dom.js";
import { Drawing } from "./drawing.js";
import { listenToPens } from "./pen.js";
import { Reader } from "./reader.js";
import { Thinking } from "./think.js";
import { currentView } from "./views.js";

// of MNIST's training images: one digit, a number made of four, and one that is hard to read
const EXAMPLES = { "example-digit": "A digit", "example-number": "A number", "example-hard": "A hard one" };

const isShown = () => currentView() === "draw";
const canvas = find("canvas");

let picture = 0; // which one is on the paper: an answer about another is not shown
let opened = 0; // the files that were asked for: of two, the later one stays
const drawing = new Drawing(canvas, changed);
const thinking = new Thinking(() => reader.isBusy);
const answer = new Answer(
  (box, size) => drawing.onPaper(box, size),
  (digit, image) => thinking.show(digit, image),
);
const reader = new Reader({
  answer: answered,
  busy: (isBusy) => answer.showBusy(isBusy),
  connection(words) {
    find("connection").textContent = words;
    if (words && !drawing.isEmpty) answer.showWaiting();
  },
});

reader.model().then((name) => answer.nameModel(name));
if (drawing.works) listen();
find("hint").textContent = drawing.works
  ? "Write a digit, or a whole number"
  : "This browser does not let pages draw";

function changed(how) {
  if (how === "ended") return reader.hurry();
  if (how !== "grown") picture++;
  if (how === "other") answer.showGone();
  find("paper").classList.toggle("used", !drawing.isEmpty);
  find("undo").disabled = !drawing.canUndo;
  find("redo").disabled = !drawing.canRedo;
  find("clear").disabled = find("save").disabled = drawing.isEmpty;
  if (drawing.isEmpty) {
    reader.drop();
    answer.showNothing();
  } else {
    reader.read(() => drawing.toBlob(), picture);
  }
}

function answered({ record, problem }) {
  if (record) answer.show(record);
  else answer.showProblem(problem);
}

// Put a file on the paper, or one that is on its way.
async function open(wanted) {
  if (!wanted) return;
  const number = ++opened;
  let bitmap = null;
  const file = await wanted;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // the browser can't show it, as a TIFF; the server may read it all the same
  }
  if (number !== opened) return;
  drawing.place(bitmap, file);
  answer.showWaiting();
}

function save() {
  const file = drawing.toFile();
  saveFile(file, file.name ?? "drawing.png"); // a picture that was opened keeps its name
}

function listen() {
  listenToPens(canvas, drawing);
  find("undo").addEventListener("click", () => drawing.undo());
  find("redo").addEventListener("click", () => drawing.redo());
  find("clear").addEventListener("click", () => drawing.clear());
  find("save").addEventListener("click", save);
  find("open").addEventListener("click", () => find("file").click());
  find("file").addEventListener("change", async (event) => {
    await open(event.target.files[0]);
    event.target.value = ""; // the same file may be opened again
  });
  find("examples").append(...Object.entries(EXAMPLES).map(([name, words]) => example(name, words)));
  listenToFiles();
  addEventListener("keydown", (event) => {
    if (!isShown() || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) drawing.undo();
    else if (key === "y" || key === "z") drawing.redo();
    else return;
    event.preventDefault();
  });
}

function listenToFiles() {
  addEventListener("paste", (event) => {
    if (isShown()) open(event.clipboardData.files[0]);
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    if (isShown()) find("paper").classList.add("drop");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("paper").classList.remove("drop");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    find("paper").classList.remove("drop");
    if (isShown()) open(event.dataTransfer.files[0]);
  });
}

function example(name, words) {
  const path = `page/${name}.png`;
  const button = make("button");
  const image = make("img");
  Object.assign(image, { src: path, alt: words, height: 36, width: name === "example-number" ? 120 : 36 });
  button.type = "button";
  button.title = words;
  button.append(image);
  button.addEventListener("click", () => open(fetched(path)).catch(missed));
  return button;
}

async function fetched(path) {
  return (await fetch(path)).blob();
}

function missed() {
  find("connection").textContent = "The server does not answer. Try again.";
}
