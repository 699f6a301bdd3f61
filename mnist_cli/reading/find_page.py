"""A grey picture to the digits on it, each in MNIST's form."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mnist_cli.core.choices import Invert
from mnist_cli.core.data.digit_form import SIDE
from mnist_cli.core.data.shapes import quantile
from mnist_cli.reading.candidates import Candidate, Found, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.cutting import Cutting
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.known_marks import restricted
from mnist_cli.reading.line_network import Along
from mnist_cli.reading.neighbours import ALONE, neighbours
from mnist_cli.reading.normalise import Grey, Normalised, is_mnist
from mnist_cli.reading.outline import outline_of
from mnist_cli.reading.page import (
    BlankPictureError,
    LeftOut,
    NoDigitsError,
    Page,
    Take,
    left_out,
    placed,
)
from mnist_cli.reading.skew import Straightened, straightened
from mnist_cli.reading.spare import longer, with_spare
from mnist_cli.reading.standing import check_cost, stood_upright
from mnist_cli.reading.strokes import with_strokes
from mnist_cli.reading.struck import struck_through
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.column_rules import off_rules
from mnist_cli.reading.tables.wanted import ANYTHING, Wanted, arranged_as, with_ruled
from mnist_cli.reading.unread import (
    beside_unread,
    strokes_left,
    unnamed,
    without_read,
)

LOW_CONTRAST = 60  # grey levels of 255 between ink and paper
BLANK = 12  # grey levels: where a hundredth of a picture does not differ more, nothing is on it


def find_page(grey: Grey, finder: Finder, wanted: Wanted = ANYTHING) -> Page:
    """Find the digits of a picture, and bring each to MNIST's form.

    Args:
        grey: (H, W) uint8 luminance, at least 4×4.
        finder: Finds them.
        wanted: What there may be on it.

    Raises:
        BlankPictureError: There is no ink.
        NoDigitsError: There is none of a digit.
    """
    if image := _mnist_image(grey, wanted.invert):
        return Page((image,), 0, (), (), 0, wanted.invert == "yes", (), grey)
    quarters, upright, found = stood_upright(grey, finder, wanted.turn)
    straight: Straightened | None = None
    if wanted.straighten and not wanted.fields and wanted.layout != "single":
        upright, found, straight = straightened(upright, found, finder)
    outline = straight.outline if straight else outline_of(upright.shape)
    along, doubted = _along(upright, found, finder, wanted)
    page = _read(upright, along, wanted._replace(outline=outline))
    if not page.takes and _is_blank(grey):
        raise BlankPictureError
    wholes = _as_it_is(grey, wanted.invert) if len(page.takes) < 2 else ()
    every = (*page.takes, *wholes)
    if not every and not page.arrangement.tables:  # an empty table is an answer
        raise NoDigitsError
    return replace(
        page,
        takes=every,
        as_it_is=len(wholes),
        turned=quarters,
        doubted=doubted,
        straightened=straight,
    )


def _along(
    grey: Grey, found: Found, finder: Finder, wanted: Wanted
) -> tuple[Along, frozenset[Candidate]]:
    """Look along the lines of an upright page, and count what may be written there.

    Returns:
        What is seen, and the digits that a likely mark speaks against.
    """
    if ones := found.lone_ones:
        found = replace(found, digits=ones, left_out=())
    along = Along(found) if wanted.layout == "single" else finder.lines.look(grey, found)
    along = replace(along, doubted=along.doubted.union(along.found.digits if ones else ()))
    found, doubted = along.found, frozenset[Candidate]()
    if wanted.known_marks is not None:
        found, doubted = restricted(found, wanted.known_marks)
    if not found.digits and wanted.layout == "single":  # there is one, if that is said
        found = replace(found, digits=found.left_out, left_out=())
        check_cost(len(found.digits))
    elif not found.digits and max(grey.shape) <= CONFIG.smallest_side:  # it is hardly a page
        likeliest, others = found.left_out[:1], found.left_out[1:]
        found = replace(found, digits=likeliest, left_out=others)
        along = replace(along, unlikely=frozenset(likeliest))
    return replace(along, found=found), doubted


def _read(grey: Grey, along: Along, wanted: Wanted) -> Page:
    """Return an upright page with the digits that are cut out, as they stand on it."""
    cutting = Cutting(grey, along.found.looks, wanted.invert, wanted.outline)
    cuts, contrasts = cutting.of(along.found.digits)
    wanted = wanted._replace(dark=float(np.sum(contrasts)) >= 0)
    strokes = strokes_left(grey, along.found, dark=wanted.dark)
    along, cuts, unread_ink = with_strokes(along, cuts, strokes, cutting)
    found, without = along.found, list(_not_cut(along, cuts))
    flags = ["several_digits"] if wanted.layout == "single" and len(cuts) > 1 else []
    if flags:
        cuts, others_left = _main_alone(cuts, grey.shape)
        without += others_left
    flags += ["low_contrast"] if _are_faint(contrasts) else []
    no_digits, wanted = (*found.marks, *found.letters), wanted._replace(joined=along.joined)
    wanted = with_ruled(grey, found.ruled_by, cuts, no_digits, wanted)
    others = found.marks, found.left_out
    arrangement = arranged_as(grey, cuts, others, wanted)
    if unread := arrangement.unread(found.left_out):
        cuts = cutting.with_more(cuts, unread)
        without = _without_boxes(without, cuts)
        arrangement = arranged_as(grey, cuts, others, wanted)
    strokes = off_rules(without_read(strokes, found.digits), wanted.grids)
    unread_ink |= beside_unread(arrangement, strokes)
    crossed_out = struck_through(grey, arrangement.lines, dark=wanted.dark)
    if wanted.digits_only:
        unread_ink |= arrangement.beside_doubtful_strokes
        arrangement = arrangement.without_marks()
    without += _not_arranged(arrangement, "outside_fields" if wanted.fields else "beside_table")
    flags += _of_tables(arrangement, wanted)
    doubtful = [*found.left_out, *unnamed(strokes, found.digits)] if wanted.takes_spare else []
    spare, cuts = with_spare(arrangement, cuts, doubtful, cutting)
    arrangement = arrangement.exchanged(longer(spare))
    return Page(
        *((*_takes(arrangement, cuts, along, spare),), 0, found.marks, (*without,), 0, wanted.dark),
        *(tuple(flags), grey, arrangement, found),
        beside_unread=unread_ink,
        crossed_out=crossed_out,
        unlikely=along.unlikely | along.doubted,
        spare=frozenset(spare),
    )


def _main_alone(
    cuts: dict[Candidate, Normalised], shape: tuple[int, ...]
) -> tuple[dict[Candidate, Normalised], list[LeftOut]]:
    """Return the digit that a picture is of, and the others, which are left out."""
    main = max(cuts, key=lambda digit: _importance(digit, shape))
    others = [left_out(digit, "another_digit") for digit in cuts if digit is not main]
    return {main: cuts[main]}, others


def _without_boxes(some: Iterable[LeftOut], digits: Iterable[Candidate]) -> list[LeftOut]:
    """Return what was left out but for what is read after all."""
    read = {digit.box for digit in digits}
    return [one for one in some if one.box not in read]


def _not_cut(along: Along, cuts: Mapping[Candidate, Normalised]) -> Iterator[LeftOut]:
    """Yield what the finder left out, what is a mark, and what has no ink."""
    for one in along.found.left_out:
        is_mark = one in along.replaced
        yield left_out(one, "a_mark" if is_mark else "a_letter" if one.is_letter else "unlikely")
    yield from (left_out(one, "no_ink") for one in along.found.digits if one not in cuts)


def _not_arranged(arrangement: Arrangement, beside: str) -> Iterator[LeftOut]:
    """Yield the digits that stand in no line, each with the reason; `beside` is that of those."""
    reasons = (
        (beside, arrangement.beside),
        ("printed_on_form", arrangement.printed),
        ("cut_off", arrangement.cut_off),
    )
    return (left_out(digit, reason) for reason, digits in reasons for digit in digits)


def _of_tables(arrangement: Arrangement, wanted: Wanted) -> list[str]:
    """Return the picture's flags that tell of tables."""
    flags = {
        "table_cut_off": arrangement.cut_off,
        "beside_table": arrangement.beside and not wanted.fields,
        "no_table": wanted.layout == "table" and not arrangement.tables,
    }
    return [flag for flag, is_told in flags.items() if is_told]


def _takes(
    arrangement: Arrangement,
    cuts: Mapping[Candidate, Normalised],
    along: Along,
    spare: Collection[Candidate],
) -> Iterator[Take]:
    """Yield the digits in the order in which they are read.

    Args:
        arrangement: How they stand.
        cuts: As they were cut out.
        along: What is seen along lines, with what is left out there.
        spare: Digits that hardly count, and so for no other one.
    """
    digits = [one for number in arrangement.numbers for one in number if one.is_digit]
    usual, firm = median_height(digits), [one for one in digits if one not in spare]
    no_digits = [one for one in along.found.left_out if one not in along.replaced]
    near = dict(zip(firm, neighbours(firm, no_digits), strict=True))
    takes = {
        one: Take(cuts[one], one, usual_height=usual, neighbours=near.get(one, ALONE))
        for one in digits
    }
    return placed(arrangement.lines, takes)


def _mnist_image(grey: Grey, invert: Invert) -> Take | None:
    """Return a picture that is an MNIST image already, as it is."""
    return next((take for take in _as_it_is(grey, invert) if is_mnist(take.normalised.image)), None)


def _as_it_is(grey: Grey, invert: Invert) -> tuple[Take, ...]:
    """Return a picture of 28×28 as it is, in each polarity that it may have."""
    if grey.shape != (SIDE, SIDE):
        return ()
    box = 0, 0, SIDE, SIDE
    polarities = {"no": (False,), "yes": (True,), "auto": (False, True)}[invert]
    images = [255 - grey if inverted else grey for inverted in polarities]
    return tuple(Take(Normalised(image, box, (), image)) for image in images)


def _are_faint(contrasts: Sequence[float]) -> bool:
    return bool(contrasts) and abs(float(np.median(contrasts))) < LOW_CONTRAST


def _importance(candidate: Candidate, shape: tuple[int, ...]) -> float:
    """Say how much speaks for this being what the picture is of: sure, large, in the middle."""
    left, top, right, bottom = candidate.edges
    across, down = (left + right) / shape[1] - 1, (top + bottom) / shape[0] - 1
    return candidate.score * candidate.height * float(np.exp(-(across**2 + down**2)))


def _is_blank(grey: Grey) -> bool:
    return quantile(grey, 0.99) - quantile(grey, 0.01) < BLANK
