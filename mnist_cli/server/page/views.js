// Which of the page's views is shown: the one that the address names behind its #.

const NAMES = ["draw", "pictures", "forms"];
const listeners = [];

export function currentView() {
  const name = location.hash.slice(1);
  return NAMES.includes(name) ? name : NAMES[0];
}

// Have `listener` called with the view's name now and whenever another is shown.
export function onView(listener) {
  listeners.push(listener);
  listener(currentView());
}

function show() {
  const current = currentView();
  for (const name of NAMES) {
    document.getElementById(`${name}-view`).hidden = name !== current;
    const link = document.querySelector(`#views a[href="#${name}"]`);
    if (name === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const listener of listeners) listener(current);
}

addEventListener("hashchange", show);
show();
