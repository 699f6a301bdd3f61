"""How a sheet was laid flat to be a form: what lies where on its picture, and on the form's.

A field is upright on the form, and may be tilted or bent on the sheet's picture. Its box says there
where the middles of its four sides are: so each box is of one field, and each field has one box.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.outline import Points
from mnist_cli.reading.tables.flattening import Flattening

Box = NDArray[np.float64]  # (2, 2): left and top, right and bottom

STEPS = 8  # each leaves a hundredth of what was amiss, of a sheet that is tilted by 8°


@dataclass(frozen=True, eq=False)
class Laid:
    """Where each point of a form lies on the picture of the sheet that it was made from.

    Attributes:
        size: Width and height of the picture.
        shape: Rows and columns of the picture as it was looked at, turned upright.
        quarters: By how many, clockwise, it was turned for that.
        flattening: How it was laid flat then.
    """

    size: tuple[int, int]
    shape: tuple[int, ...]
    quarters: int
    flattening: Flattening

    def to_picture(self, points: Points) -> Points:
        """Bring points of the form, (N, 2), to the picture."""
        return self._lying(self.flattening.to_picture(points))

    def box_on_picture(self, field: FormField) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of a field, as `--field` takes them."""
        box = np.sort(self._lying(self._sides(np.reshape(field.box, (2, 2)))), axis=0)
        left, top, right, bottom = np.rint(box.clip(0, self.size)).astype(int).ravel().tolist()
        return left, top, right, bottom

    def box_on_form(self, box: Box) -> Box:
        """Return the box that a box of the picture has on the form."""
        turned = _turned(box / np.array(self.size), self.quarters) * np.array(self.shape[1::-1])
        wanted = np.sort(turned, axis=0)
        scale = self.flattening.scale
        middle = self.flattening.to_page(wanted.mean(axis=0)[None])
        found = middle + scale * (wanted - wanted.mean(axis=0))
        for _ in range(STEPS):
            found += scale * (wanted - self._sides(found))
        return np.asarray(found)

    def on_picture(self, form: Form) -> dict[str, Any]:
        """Return a form's record, with all its places in pixels of the picture."""
        record = form.to_record()
        fields = [
            own | self._places(field)
            for own, field in zip(record["fields"], form.fields, strict=True)
        ]
        return record | {"size": list(self.size), "fields": fields}

    def _places(self, field: FormField) -> dict[str, list[float]]:
        """Return a field's box, and where a table's rules are, along the way that they follow."""
        places: dict[str, list[float]] = {"box": list(self.box_on_picture(field))}
        if field.is_table:
            (left, top), (right, bottom) = np.reshape(field.box, (2, 2)).tolist()
            rules = {
                "across": np.array([((left + right) / 2, y) for y in field.across]),
                "down": np.array([(x, (top + bottom) / 2) for x in field.down]),
            }
            for key, middles in rules.items():
                found = self.to_picture(middles)
                along = found[:, np.ptp(found, axis=0).argmax()]
                places[key] = np.round(along, 1).tolist()
        return places

    def _sides(self, box: Box) -> Box:
        """Return where a box of the form has the middles of its sides on the upright picture."""
        (left, top), (right, bottom) = box.tolist()
        x, y = (left + right) / 2, (top + bottom) / 2
        ends = np.array([(left, y), (right, y), (x, top), (x, bottom)])
        found = self.flattening.to_picture(ends)
        return np.stack([found[:2, 0], found[2:, 1]], 1)

    def _lying(self, points: Points) -> Points:
        """Bring points of the upright picture, (N, 2), to the picture as it is."""
        found = _turned(points / np.array(self.shape[1::-1]), -self.quarters)
        return np.asarray(found * np.array(self.size))


def _turned(points: Points, quarters: int) -> Points:
    """Turn points, (N, 2) shares of a picture's sides, clockwise with it."""
    x, y = points.T
    for _ in range(quarters % 4):
        x, y = 1 - y, x
    return np.stack([x, y], 1)
