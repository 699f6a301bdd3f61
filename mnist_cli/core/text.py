"""Text of strangers, made fit to be shown."""


def printable(text: str) -> str:
    r"""Show the control, bidirectional and undecodable characters of a path as `\x1b`."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
