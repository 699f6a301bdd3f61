from pathlib import Path

import pytest

from mnist_cli.training.precision import has_bfloat16, keras_policy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16 fma\n", True),
        ("flags\t\t: fpu amx_bf16 amx_tile\n", True),
        ("flags\t\t: fpu avx2 avx512f\nbugs\t\t: avx512_bf16\n", False),
        ("Features\t: fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_what_a_processor_says_of_itself(tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)

    assert has_bfloat16(tmp_path / "cpuinfo") is expected


def test_a_machine_that_says_nothing_has_none(tmp_path: Path) -> None:
    assert not has_bfloat16(tmp_path / "missing")


def test_auto_is_what_the_machine_is_fast_at() -> None:
    fastest = "mixed_bfloat16" if has_bfloat16() else "float32"

    assert keras_policy("auto") == fastest
    assert keras_policy("float32") == "float32"
    assert keras_policy("bfloat16") == "mixed_bfloat16"
