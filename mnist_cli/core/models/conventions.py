"""What networks take and give: the forms of pixels, the kinds of answers that tutorials use."""

from dataclasses import dataclass
from enum import StrEnum


class ModelInput(StrEnum):
    """What a network takes pixels as; the likelier forms come first."""

    UNIT = "0..1"
    BYTES = "0..255"
    SIGNED = "-1..1"
    STANDARDISED = "mnist-mean"
    CENTRED = "-0.5..0.5"
    ROW_NORM = "row-norm"
    COLUMN_NORM = "column-norm"
    IMAGE_NORM = "image-norm"
    IMAGE_STANDARDISED = "image-mean"
    INVERTED = "inverted"
    INVERTED_BYTES = "inverted-255"


class ModelHead(StrEnum):
    """What a network's ten answers are."""

    SOFTMAX = "softmax"
    LOGITS = "logits"
    SIGMOID = "sigmoid"
    ONE_HOT = "one-hot"


@dataclass(frozen=True)
class Convention:
    """What a network takes and gives, as far as it is known; None is to be found out.

    Attributes:
        input: The form of its pixels.
        head: The kind of its answers.
    """

    input: ModelInput | None = None
    head: ModelHead | None = None


UNKNOWN = Convention()
