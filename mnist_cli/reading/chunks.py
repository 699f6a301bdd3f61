"""How many pictures are read at a time."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

CHUNK, CHUNK_BYTES = 32, 4 << 20  # pictures, and bytes of their files, at most


def chunks(pictures: Iterable[T], size_bytes: Callable[[T], int]) -> Iterator[list[T]]:
    """Gather a few large pictures, or many small ones.

    Args:
        pictures: In any form.
        size_bytes: Tells what a picture's file takes.
    """
    chunk: list[T] = []
    together = 0
    for picture in pictures:
        chunk.append(picture)
        together += size_bytes(picture)
        if len(chunk) == CHUNK or together > CHUNK_BYTES:
            yield chunk
            chunk, together = [], 0
    if chunk:
        yield chunk
