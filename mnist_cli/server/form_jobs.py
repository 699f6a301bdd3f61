"""What a worker does to make forms: what `mnist form new` does, and a form's check."""

from collections.abc import Callable
from dataclasses import dataclass

from mnist_cli.core.choices import Turn
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.forms.form_file import parse_form
from mnist_cli.reading.forms.form_new import make_form, with_print
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.image import decode
from mnist_cli.server import problems
from mnist_cli.server.jobs import Answer
from mnist_cli.server.json_bodies import decoded, json_bytes, parse


@dataclass(frozen=True)
class MakeForm:
    """A sheet's picture, of which a form is made.

    Attributes:
        picture: Its bytes.
        name, turn, fields: As `make_form` takes them.
    """

    picture: bytes
    name: str
    turn: Turn
    fields: tuple[str, ...]

    def answer(self, _: Classifier) -> Answer:
        """Make it."""
        return _answer(make_form(self.name, decode(self.picture), self.turn, self.fields).form)


@dataclass(frozen=True)
class MakeFormOfJson:
    """A JSON body: `{"image": BASE64}`, of which a form is made; or `{"form": …}`, to be checked.

    Attributes:
        body: The JSON.
        make: Makes a form of a picture's bytes.
    """

    body: bytes
    make: Callable[[bytes], MakeForm]

    def answer(self, classifier: Classifier) -> Answer:
        """Make it; or check the one that is given, and note anew what is printed in its tables."""
        document = parse(self.body)
        if not isinstance(document, dict) or len(document.keys() & {"image", "form"}) != 1:
            raise problems.unusable('Send {"image": BASE64} of a sheet, or {"form": FORM}.')
        if "image" in document:
            return self.make(decoded(document["image"])).answer(classifier)
        return _answer(with_print(parse_form(document["form"])))


def _answer(form: Form) -> Answer:
    return Answer(json_bytes(form.to_record()))
