// How a picture lies before the eye: turned as it was read, so that its digits stand upright.

export class Placing {
  #width;
  #height;
  #quarters;

  // `size` is the picture's as it was given, `turned` degrees clockwise.
  constructor([width, height], turned) {
    this.#width = width;
    this.#height = height;
    this.#quarters = (turned / 90) % 4;
  }

  get size() {
    const { width, height } = { width: this.#width, height: this.#height };
    return this.#quarters % 2 ? [height, width] : [width, height];
  }

  // From a point of the picture to one of the turned picture.
  turn([x, y]) {
    const [width, height] = [this.#width, this.#height];
    return [[x, y], [height - y, x], [width - x, height - y], [y, width - x]][this.#quarters];
  }

  // Draw the picture, whose turned one lies at (x, y), `scale` times as large.
  draw(context, bitmap, x, y, scale) {
    const [width, height] = [this.#width, this.#height];
    const [startX, startY] = [[0, 0], [height, 0], [width, height], [0, width]][this.#quarters];
    context.save();
    context.translate(x + startX * scale, y + startY * scale);
    context.rotate((this.#quarters * Math.PI) / 2);
    context.drawImage(bitmap, 0, 0, width * scale, height * scale);
    context.restore();
  }
}
