// Boxes, each [left, top, right, bottom].

// The box around some points.
export function boxOf(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function middleOf([left, top, right, bottom]) {
  return [(left + right) / 2, (top + bottom) / 2];
}

// The box around two.
export function around(one, other) {
  return boxOf([one, other].flatMap(([left, top, right, bottom]) => [[left, top], [right, bottom]]));
}

export function overlap([left, top, right, bottom], other) {
  return left < other[2] && other[0] < right && top < other[3] && other[1] < bottom;
}
