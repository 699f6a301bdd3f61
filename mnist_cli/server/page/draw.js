// The view to draw in: joins paper, tools, server and answer.

import { Answer } from "./answer.js";
import { Drawing } from "./drawing.js";
import { Reader } from "./reader.js";
import { currentView } from "./views.js";

const find = (id) => document.getElementById(id);
const isShown = () => currentView() === "draw";
const canvas = find("canvas");

const drawing = new Drawing(canvas, changed);
const answer = new Answer((box, size) => drawing.onPaper(box, size));
const reader = new Reader(answered, (words) => {
  find("connection").textContent = words;
  if (words && !drawing.isEmpty) answer.showWaiting();
});

reader.model().then((name) => answer.nameModel(name));
if (drawing.works) listen();
find("hint").textContent = drawing.works
  ? "Write a digit, or a whole number"
  : "This browser does not let pages draw";

function changed() {
  find("paper").classList.toggle("used", !drawing.isEmpty);
  find("undo").disabled = !drawing.canUndo;
  find("redo").disabled = !drawing.canRedo;
  find("clear").disabled = find("save").disabled = drawing.isEmpty;
  if (drawing.isEmpty) {
    reader.drop();
    answer.showNothing();
  } else {
    reader.read(() => drawing.toBlob());
  }
}

function answered({ record, problem }) {
  if (drawing.isEmpty) return; // cleared in the meantime
  if (record) answer.show(record);
  else answer.showProblem(problem);
}

async function open(file) {
  if (!file) return;
  let picture = null;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // the browser can't show it, as a TIFF; the server may read it all the same
  }
  drawing.place(picture, file);
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await drawing.toFile());
  link.download = "drawing.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function listen() {
  listenToPen();
  find("undo").addEventListener("click", () => drawing.undo());
  find("redo").addEventListener("click", () => drawing.redo());
  find("clear").addEventListener("click", () => drawing.clear());
  find("save").addEventListener("click", save);
  find("open").addEventListener("click", () => find("file").click());
  find("file").addEventListener("change", async (event) => {
    await open(event.target.files[0]);
    event.target.value = ""; // the same file may be opened again
  });
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
  addEventListener("keydown", (event) => {
    if (!isShown() || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) drawing.undo();
    else if (key === "y" || key === "z") drawing.redo();
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => answer.refresh()).observe(canvas);
}

function listenToPen() {
  let pointer = null; // one pen at a time: a palm on the screen does not draw
  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    const pen = Number(document.querySelector("#pens :checked").value);
    drawing.begin(pen, drawing.pointAt(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    drawing.extend((events.length ? events : [event]).map((each) => drawing.pointAt(each)));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      drawing.end();
    });
  }
}
