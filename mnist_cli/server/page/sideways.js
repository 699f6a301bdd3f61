// Says that a box holds more than is seen of it, to its right or its left.

const SLACK = 8; // px: a box has some room at its edge

// Keep `hint` as `box` is now; the box has the class `more` while something lies to its right.
export function tellOfMore(box, hint) {
  const tell = () => {
    const hidden = box.scrollWidth - box.clientWidth;
    const isMore = hidden - box.scrollLeft > SLACK;
    hint.hidden = hidden <= SLACK;
    hint.textContent = isMore ? "More columns to the right: scroll sideways →" : "← More columns to the left";
    box.classList.toggle("more", isMore);
  };
  box.addEventListener("scroll", tell);
  new ResizeObserver(tell).observe(box);
  new MutationObserver(tell).observe(box, { childList: true });
}
