"""Every figure that reading decides by, with its unit and what it was chosen by.

Chosen by synthetic pages of held-out digits (`python -m tests.benchmarks.synthetic`), never by
pictures that people made.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingConfig:
    """How a picture is read.

    Attributes:
        longest_side: Of a picture as the finder first sees it, in pixels.
        finest_side: The same where the digits found are lower than `low_digits`, in pixels.
        low_digits: Median height of digits, in the finder's pixels, under which it looks once more,
            and finer. On pages of 384 px of digits held out recall is 0.682 without, 0.751 here,
            0.756 at 26; precision 0.815, 0.803, 0.797.
        middling: Height that they are to have then, in pixels.
        middling_in_fields: The same of lower digits in the fields of a form, where people write on
            until digits touch. Of the filled fields of made-up sheets, two seeds, 81.6 % are right
            at 34, 88.3 % here, 88.0 % at 56 (of digits held out).
        worthwhile: How many times finer that has to be, or it is left.
        coarser: How many times coarser each further look is: the finder learned heights of 9 to
            300 px, so that any digit is seen at a middling height once.
        smallest_side: Of the coarsest look, in pixels.
        steps_end: How many times that a look must have for there to be a coarser one.
        enlarged: How many times a small picture is enlarged then, at most.
        frame: Paper put around a picture before the finder looks, in the finder's pixels, a
            multiple of a place's: a digit cut close to the border has some around it then.
        digit: Least score of a digit, in [0, 1]. On pages of digits held out the digits right in
            their order are 73.2 % here, 72.1 % at 0.45, 70.7 % at 0.5; recall is 0.754, 0.733 and
            0.704, precision 0.799, 0.837 and 0.859.
        supported: Least score of one that stands in a line with others.
        mark: Least score of a mark. On pages of digits held out 89 % of what is told is one then,
            and F0.5 is 0.73; 0.65 at 0.35, 0.74 at 0.6.
        sure_mark: Score under which a mark may be none, and makes its number unsure: of the wrong
            marks on those pages fewer than one in four has more.
        missed: Probability of a digit along its line, from which what the finder held for unlikely,
            or for a slash or bracket, is one. On pages of digits held out 57.1 % of the numbers
            are exactly right without, 57.6 % at 0.5, 57.7 % here.
        alone: The same, from which one that the finder did not see is read, and is unsure.
        unread: The same, from which a stroke as tall as the digits beside it that the finder did
            not see, or not apart, is one, and is unsure. On hard synthetic pages three in ten are,
            at 0.6 too.
        stroke: The same, from which a slash or a bracket may be a 1: its number is unsure.
        lost: Probability of a mark between two digits of a number, from which one may have been
            missed: the number is unsure. Of 735 sure numbers on pages of digits held out, which are
            right or lack a mark, 4 and 1 have more; of 4,712 on pictures that people drew 10 and 9.
        denied: The same, under which what the finder took for a digit is none, as a letter, if it
            is not joined to another one either. Of 1,810 digits read on pages of digits held out
            59 of the 227 that are none have less, and 7 others.
        unlike: Share of the probability that its neighbour is a digit, along their line, under
            which one in a cell may be a letter. Of 60 printed tables of single digits, each with
            one number of two, the network would part that number in 21, in none of them where one
            has less than this share, in 5 where it has less than 0.7.
        named: What the logits of which digit is there, along its line, are divided by. Of 1,989
            numbers on pages of digits held out 926 are exactly right at 1, 927 here; 52 and 44 are
            wrong and sure.
        parted: Probability that two neighbours are of one number, under which they are two: beside
            what is denied, and in a cell where they are unlike; else the gap tells there.
        joined: Log-odds of the network along lines that two neighbours are of one number, from
            which they are joined: to join two numbers spoils both. Of 1,989 numbers on pages of
            digits held out 902 are exactly right at -0.4, where as many neighbours are of one as
            are not, 923 at 0.3, 933 here, 931 at 1.2 (by the weights at the training's end). So
            what is left then, of which none is over 5, says too little: of neighbours that are
            said to be of one number with 30 to 50 % 70 % are (`python -m tests.benchmarks.joins`).
        told: Least score of what is left out, and told.
        low, high: Heights in the finder's pixels between which its score counts in full.
        overlap: Share of the smaller of two boxes that the other covers, over which they are one.
        smaller: Of the area of one that covers several digits, each of these has less.
        swallowed: Of its score, each of these has more, or it stands. F0.5 is 0.871 on pages of
            digits held out from 0.7 to 1: so small digits side by side win over a coarse look.
        inked: Least share of ink, of a pixel that belongs to a digit, in [0, 1].
        masked: Probability that the finder gives a pixel to be a digit's ink, from which it is.
        hardly: The same, from which it is if it is joined to one that is.
        slack: How far ink may reach beyond the digit's box, as a share of its longer side.
        upright: Mean probability that digits stand upright, under which a page may lie. Of
            synthetic pages held out that lie 96 % have less, and 18 % of those that stand.
        stands: Probability that a digit stands upright, under which it lies, and is unsure. Of
            digits right and sure on pages held out 0.2 % have less; of such pages laid on a side
            90 % of the right ones, and 88 % of those that are wrong and sure. One that stands on
            its head looks upright.
        turned: How many times as many digits must stand on a page that is turned.
        won: Or how many more, times the square root of how many there are. Of 300 synthetic pages
            held out with 8 digits or more that lie 78 % are turned by the first alone, 85 % by
            either, and 86 % at 0.2; of those that stand 0.3 %, whichever; of 700 pages of any
            count 1.0 %, and 1.1 % at 0.2.
        classifier, finder: Powers that their probabilities of each digit are raised to before
            they are multiplied; the finder's are multiplied with the line network's before. On
            pages of digits held out the right digit is likeliest with two powers in this ratio.
            Lower ones make more right digits look like none: 7 % at 0.5 and 0.35, here 1.5 %.
        right, weights: Of the logistic regression that says how likely an answer is right: of
            what, `reading/confidence.py` says; by what, `tests/benchmarks/confidence.py`.
        alone_right, alone_weights: The same without what stands beside it.
        hardly_right: Probability of an answer, under which a digit at a number's end is left out:
            it is hardly any. Of 4,205 numbers on pages of digits held out 2,380 are right without,
            2,397 here and at 0.1, 2,394 at 0.2; 1,367, 886, 1,038 and 795 digits that are none are
            told (by the weights before these). Of what is left out there 25 % are digits, on drawn
            pictures of five people 2 %.
        min_confidence: Under it a digit is unsure, in [0, 1]. Of wrong answers on pages of digits
            held out 8 % have more, and 85 % of right ones; 13 and 90 % have more than 0.75.
        least_contrast: Grey levels between ink and paper; with less there is nothing to read.
    """

    longest_side: int = 1_024
    finest_side: int = 2_048
    low_digits: float = 22.0
    middling: float = 34.0
    middling_in_fields: float = 44.0
    worthwhile: float = 1.2
    coarser: float = 2.5
    smallest_side: int = 64
    steps_end: float = 1.3
    enlarged: float = 2.0
    frame: int = 16
    digit: float = 0.4
    supported: float = 0.3
    mark: float = 0.5
    sure_mark: float = 0.65
    missed: float = 0.3
    alone: float = 0.75
    unread: float = 0.2
    stroke: float = 0.15
    lost: float = 0.3
    denied: float = 0.35
    unlike: float = 0.5
    named: float = 2.2
    parted: float = 0.2
    joined: float = 0.73
    told: float = 0.15
    low: float = 11.0
    high: float = 90.0
    overlap: float = 0.5
    smaller: float = 0.6
    swallowed: float = 0.7
    inked: float = 0.4
    masked: float = 0.35
    hardly: float = 0.15
    slack: float = 0.06
    upright: float = 0.92
    stands: float = 0.5
    turned: float = 1.5
    won: float = 0.3
    classifier: float = 0.75
    finder: float = 0.525
    right: float = 1.19
    weights: tuple[float, ...] = (0.34, 0.25, 0.48, 0.96, -1.5, -0.62, -0.57, -0.85)
    alone_right: float = 0.65
    alone_weights: tuple[float, ...] = (0.35, 0.25, 0.62, 1.07, -1.6, -0.61)
    hardly_right: float = 0.15
    min_confidence: float = 0.85
    least_contrast: float = 5.0


CONFIG = ReadingConfig()
