"""Lists that a body may hold: checked to the first item that is wrong, however long they are."""

from typing import Annotated, TypeVar

from pydantic import FailFast

Item = TypeVar("Item")

# Without it pydantic describes every item that is wrong: 5 MB of them took 3.5 GB.
Items = Annotated[list[Item], FailFast()]
