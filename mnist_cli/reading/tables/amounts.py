"""Numbers of a table as people write them: a comma or a point stands before their decimals."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL = re.compile(r"[+-]?\d+([.,])(\d+)")


def value_of(text: str) -> Decimal | None:
    """Return what a text says, None if it is no number; a comma is the decimal's, or thousands'."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def with_decimals(text: str, others: Iterable[str]) -> str:
    """Return a whole number with the mark and as many decimals as others have.

    It is empty if these differ, or have none, or if the text is no whole number or too short.
    """
    found = set(_decimals(others))
    if len(found) != 1 or not re.fullmatch(r"[+-]?\d+", text):
        return ""
    ((mark, count),) = found
    is_long = len(text.lstrip("+-")) > count
    return f"{text[:-count]}{mark}{text[-count:]}" if is_long else ""


def like(number: str, other: str) -> str:
    """Return a number with a comma before its decimals if another one has one there."""
    return number.replace(".", ",") if {mark for mark, _ in _decimals([other])} == {","} else number


def _decimals(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Return decimal mark and count of decimals of the numbers that have some."""
    found = (_DECIMAL.fullmatch(text) for text in texts if not _THOUSANDS.fullmatch(text))
    return [(one[1], len(one[2])) for one in found if one]
