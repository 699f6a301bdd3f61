"""What fuzzing begins with for pictures, and how it changes a PNG that checks itself."""

import struct
import zlib
from pathlib import Path
from random import Random

import atheris
import numpy as np

from tests.conftest import render_digit
from tests.reading.test_image import EXACT, NEARLY, encoded, grey

MAX_BYTES = 16_384
PNG = b"\x89PNG\r\n\x1a\n"


def lay_seeds(folder: Path) -> None:
    """Write small pictures in all formats and modes that are read."""
    seeds = {name: make() for name, make in (EXACT | NEARLY).items()}
    small = {kind: grey(render_digit(3, 28)) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP")}
    seeds |= {f"small {kind}": encoded(image, kind) for kind, image in small.items()}
    line = np.hstack([render_digit(digit, 24) for digit in (4, 1, 5)])
    touching = np.hstack([render_digit(digit, 24)[:, 5:-5] for digit in (3, 5)])
    for name, pixels in {"line": line, "touching": touching, "page": np.vstack([line] * 2)}.items():
        seeds[name] = encoded(grey(pixels), "BMP")
    several = [grey(render_digit(digit, 24)) for digit in (1, 2)]
    for kind in ("PNG", "GIF", "WEBP", "TIFF"):
        more = {"save_all": True, "append_images": several}
        seeds[f"frames {kind}"] = encoded(several[0], kind, **more)
    for number, content in enumerate(seeds.values()):
        (folder / f"seed-{number:02}").write_bytes(content)


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Change bytes; of a PNG, half of the times, in one chunk whose checksum is mended."""
    if data.startswith(PNG) and seed % 2:
        changed = PNG + b"".join(_chunks_with_a_change(data, Random(seed)))  # noqa: S311
        if len(changed) <= max_size:
            return changed
    mutated: bytes = atheris.Mutate(data, max_size)
    return mutated


def _chunks_with_a_change(data: bytes, random: Random) -> list[bytes]:
    chunks = []
    at = len(PNG)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from("!I4s", data, at)
        chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 12 + size
    chosen = random.randrange(max(1, len(chunks)))
    return [
        _chunk(kind, _changed(kind, content) if number == chosen else content)
        for number, (kind, content) in enumerate(chunks)
    ]


def _changed(kind: bytes, content: bytes) -> bytes:
    """Change a chunk's content: of an IDAT the pixels, not their compressed form."""
    if kind == b"IDAT":
        try:
            pixels = zlib.decompressobj().decompress(content, 4 * MAX_BYTES)
            return zlib.compress(atheris.Mutate(pixels, 4 * MAX_BYTES))
        except zlib.error:
            pass
    changed: bytes = atheris.Mutate(content, len(content) + 32)
    return changed


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack("!I", len(content)) + checked + struct.pack("!I", zlib.crc32(checked))
