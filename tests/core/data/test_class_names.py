import json
from pathlib import Path

import pytest

from mnist_cli.core.data.class_names import read_class_names
from mnist_cli.core.errors import ClassNamesError, ExitCode

CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(CLOTHES),
        "\n".join(CLOTHES) + "\n\n",
        "\ufeff" + "\r\n".join(CLOTHES),
        json.dumps(CLOTHES),
        json.dumps(CLOTHES, indent=1) + "\n",
    ],
    ids=["lines", "ended", "windows", "json", "indented"],
)
def test_names_are_lines_or_a_list(tmp_path: Path, content: str) -> None:
    path = tmp_path / "names"
    path.write_bytes(content.encode())

    assert read_class_names(path) == CLOTHES


def test_names_may_be_of_any_script(tmp_path: Path) -> None:
    names = [*"あいうえおかきくけ", "é" * 40]
    path = tmp_path / "names.txt"
    path.write_text("\n".join(names), encoding="utf-8")

    assert read_class_names(path) == tuple(names)


def changed(at: int, name: object) -> bytes:
    names: list[object] = list(CLOTHES)
    names[at] = name
    return json.dumps(names).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Ten class names are needed. Received: 1."),
        ("\n".join(CLOTHES[:9]).encode(), "Received: 9."),
        ("\n".join([*CLOTHES, "Hat"]).encode(), "Received: 11."),
        ("\n".join([*CLOTHES[:4], "", *CLOTHES[5:]]).encode(), "printable characters"),
        (changed(3, ""), "printable characters. Received: ''."),
        (changed(3, "a" * 41), "1 to 40 printable"),
        (changed(3, "red\x1b[31m"), "printable"),
        (changed(3, "a\nb"), "printable"),
        (changed(3, " Dress"), "printable"),
        (changed(3, "Coat"), "must differ"),
        (changed(3, 7), "a list of texts"),
        (b"[1, 2", "neither UTF-8 text nor JSON"),
        (b"[" * 60_000, "neither UTF-8 text nor JSON"),
        (b"\xff\xfe", "neither UTF-8 text nor JSON"),
        (b"a" * 70_000, "over 64 kB"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_names_no_ten_classes_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(content)

    with pytest.raises(ClassNamesError) as caught:
        read_class_names(path)

    assert words in caught.value.message
    assert caught.value.message.startswith(str(path))
    assert caught.value.exit_code == ExitCode.REFUSED
    assert caught.value.hint


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClassNamesError, match="Can't read class names") as caught:
        read_class_names(tmp_path / name)

    assert caught.value.exit_code == ExitCode.NOT_FOUND
