// How pictures come into the view: opened, pasted, dropped, photographed.

import { Camera } from "./camera.js";
import { find } from "./dom.js";
import { currentView } from "./views.js";

const isShown = () => currentView() === "pictures";

// `add` gets files, `say` a sentence where a camera gives none.
export function hearFiles(add, say) {
  new Camera((file) => add([file]), say);
  find("add").addEventListener("click", () => find("files").click());
  for (const id of ["files", "capture"]) {
    find(id).addEventListener("change", ({ target }) => {
      add([...target.files]);
      target.value = ""; // the same file may be opened again
    });
  }
  addEventListener("paste", ({ clipboardData, target }) => {
    if (isShown() && target.tagName !== "INPUT") add([...clipboardData.files]);
  });
  addEventListener("dragover", (event) => {
    if (!isShown()) return;
    event.preventDefault();
    find("pictures-view").classList.add("drop");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("pictures-view").classList.remove("drop");
  });
  addEventListener("drop", (event) => {
    if (!isShown()) return;
    event.preventDefault();
    find("pictures-view").classList.remove("drop");
    add([...event.dataTransfer.files]);
  });
}
