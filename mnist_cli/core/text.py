"""Text of strangers, made fit to be shown."""

import re

_ADDRESS = re.compile(r"(https?|ftp|s3|gs|hdfs|file):/", re.IGNORECASE)


def is_address(reference: str) -> bool:
    """Tell whether this is a URL, also one that went through a path and lost a slash."""
    return bool(_ADDRESS.match(reference))


def printable(text: str) -> str:
    r"""Show the control, bidirectional and undecodable characters of a path as `\x1b`."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def interval_words(low: float, high: float) -> str:
    """Return the bounds of a share, in [0, 1], as `95 % interval 98.82 to 99.34 %`."""
    return f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"


def counted(number: int, what: str) -> str:
    """Return `1 digit`, `2,000 digits`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def first_line(error: Exception) -> str:
    """Return the beginning of what a library's error says; the error's name where it is silent."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
