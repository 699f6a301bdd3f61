// From pointers to strokes: mouse, finger or pen, one at a time.
//
// A hand that rests on the screen while its pen writes is a touch too. So a pen takes over from a
// touch, whose stroke is taken back, and touches are passed over while the pen is near and for a
// while after.

const PALM_MS = 1500; // that a hand may rest after its pen was seen last
const RUBBING_BUTTON = 5; // the other end of a pen
const RUBBER = 60; // width, in thousandths of the paper's

export function listenToPens(canvas, drawing) {
  let active = null; // the pointer that draws: {id, type}
  let penSeen = -Infinity; // when

  canvas.addEventListener("pointerdown", (event) => {
    const { pointerId: id, pointerType: type, button, timeStamp } = event;
    if (button !== 0 && button !== RUBBING_BUTTON) return;
    if (type === "touch" && timeStamp - penSeen < PALM_MS) return;
    if (active && !(type === "pen" && active.type === "touch")) return;
    if (active) drawing.cancel();
    active = { id, type };
    canvas.setPointerCapture(id);
    const chosen = document.querySelector("#pens :checked").value;
    const rubs = chosen === "rubber" || button === RUBBING_BUTTON;
    drawing.begin(rubs ? RUBBER : Number(chosen), drawing.pointAt(event), rubs);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "pen") penSeen = event.timeStamp; // also while it hovers
    if (event.pointerId !== active?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    drawing.extend((events.length ? events : [event]).map((each) => drawing.pointAt(each)));
  });

  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerType === "pen") penSeen = event.timeStamp;
      if (event.pointerId !== active?.id) return;
      active = null;
      if (name === "pointerup") drawing.end();
      else drawing.cancel(); // the system takes it for a palm, or for a gesture of its own
    });
  }
}
