"""Twins of a picture: the same in another form, to be read as the same digit."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from mnist_cli.reading.reader import Reader

from .examples import Example
from .reading import encoded


def _turned_by_exif(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° to look at it
    return encoded(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


def _inverted(image: Image.Image) -> bytes:
    return encoded(Image.fromarray(255 - np.asarray(image)), "PNG")


def _deep(image: Image.Image) -> bytes:
    return encoded(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def _with_alpha(image: Image.Image) -> bytes:
    grey = image.convert("L")
    return encoded(Image.merge("LA", [grey, Image.new("L", grey.size, 255)]), "PNG")


def _resized(image: Image.Image, factor: float) -> bytes:
    size = max(4, round(image.width * factor)), max(4, round(image.height * factor))
    return encoded(image.resize(size, Image.Resampling.BICUBIC), "PNG")


def _padded(image: Image.Image) -> bytes:
    """Put more of the paper's colour around it: half its size."""
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = tuple(int(level) for level in np.median(border, axis=0))
    page = Image.new("RGB", (round(image.width * 1.5), round(image.height * 1.5)), colour)
    page.paste(image, (image.width // 4, image.height // 4))
    return encoded(page, "PNG")


def _darkened(image: Image.Image) -> bytes:
    """Let the light fall to half from one corner to the other."""
    rows, columns = np.mgrid[0 : 1 : 1j * image.height, 0 : 1 : 1j * image.width]
    light = 1 - 0.25 * (rows + columns)
    return encoded(Image.fromarray((np.asarray(image) * light[..., None]).astype(np.uint8)), "PNG")


def _palette(image: Image.Image) -> bytes:
    return encoded(image.convert("L").convert("P"), "PNG")


LOSSLESS: dict[str, Callable[[Image.Image], bytes]] = {
    "turned by EXIF": _turned_by_exif,
    "inverted": _inverted,
    "16-bit": _deep,
    "palette": _palette,
    "grey and alpha": _with_alpha,
    "WebP": lambda image: encoded(image, "WEBP", lossless=True),
    "TIFF": lambda image: encoded(image, "TIFF"),
    "CMYK": lambda image: encoded(image.convert("CMYK"), "TIFF"),
}
LOSSY: dict[str, Callable[[Image.Image], bytes]] = {
    "enlarged 3×": lambda image: _resized(image, 3),
    "shrunk to half": lambda image: _resized(image, 0.5),
    "padded by half": _padded,
    "JPEG quality 30": lambda image: encoded(image, "JPEG", quality=30),
    "darkened": _darkened,
}


def read_twins(reader: Reader, examples: list[Example]) -> None:
    total = 0
    images = [Image.open(example.path).convert("RGB") for example in examples]
    expected = [reader.read(encoded(image, "PNG"), errors="record").text for image in images]
    kinds = LOSSLESS | LOSSY
    for kind, make in kinds.items():
        answers = [reader.read(make(image), errors="record").text for image in images]
        pairs = list(zip(examples, expected, answers, strict=True))
        differing = [(e.path.name, one, two) for e, one, two in pairs if one != two]
        total += len(differing)
        print(f"{kind:<16}{1 - len(differing) / len(images):.2%} the same", *differing[:6])
    print(f"twins  {1 - total / len(kinds) / len(images):.2%} the same")
