"""Every line of the fault catalogue has a test with its number, or a reason why not."""

import re
from pathlib import Path

# pictures, model files, data sets, arguments, environment, signals, the server
LINES = """
A1 A2 A4 A5 A6 A8 A9 A10 A12 A13 A14 A16 A17 A18 A20 A21 A22 A24 A25 A26 A28 A29 A30 A32 A33 A34
A36 A37 A38 A40 A41 A42 A44 A45
B1 B3 B4 B5 B7 B8 B9 B11 B12 B13 B15 B16 B17 B19 B20 B21 B23 B24 B25 B27 B28 B29 B31 B32 B33
C1 C2 C3 C5 C6 C7 C9 C10 C11 C13 C14 C15 C17 C18 C19 C21 C22
D1 D3 D4 D5 D7 D8 D9 D11 D12 D13 D15 D16 D17 D19 D20 D21
E1 E2 E3 E5 E6 E7 E9 E10 E11 E13 E14 E15 E17 E18 E19 E21 E22 E23 E25 E26 E27
F1 F2 F3 F5 F6 F7 F9 F10 F11 F13 F14 F15 F17 F18 F19 F21
G1 G3 G4 G5 G7 G8 G9 G11 G12 G13 G15 G16 G17 G19 G20 G21 G23 G24 G25 G27 G28 G29 G31 G32 G33 G35
G36 G37 G39 G40 G41 G43 G44 G45 G47 G48 G49 G51 G52 G53
"""
LEFT_OUT = {"G51": "all times of the server are the event loop's and perf_counter's: monotonic"}

TESTS = Path(__file__).parents[1]
IN_TEXT = re.compile(r"\b([A-G]\d+)\b")
IN_NAME = re.compile(r"(?<=_)([a-g]\d+)(?=_)")


def test_every_line_is_tested_or_left_out_with_a_reason() -> None:
    texts = [path.read_text() for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    names = re.findall(r"def (test_\w+)", "\n".join(texts))
    named = {line for text in texts for line in IN_TEXT.findall(text)}
    named |= {line.upper() for name in names for line in IN_NAME.findall(name)}

    assert set(LINES.split()) - named - LEFT_OUT.keys() == set()
    assert named & LEFT_OUT.keys() == set()
