"""Samples of every call, in curl, Python and JavaScript; and the examples of their bodies.

They ask `HERE`, which the page of the description replaces by its own address. `photo.png`,
`a.png`, `b.png` and, of 28×28 pixels, `digit.png` are in the folder where they are run.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HERE = "http://127.0.0.1:8000"
FILLED = {"model": "mnist", "version": "bundled"}  # the parameters of paths

PHOTO, DIGIT = "photo.png", "digit.png"

_ZEROS = "ZEROS"  # the 784 pixels of a black image, which each language writes in its own way
_IN_JSON = f'"{_ZEROS}"'
_JSON = "application/json"

_INFER = {
    "inputs": [{"name": "images", "datatype": "UINT8", "shape": [1, 784], "data": _ZEROS}],
    "outputs": [{"name": "digit"}, {"name": "unsure"}],
}
_INSTANCES = {"instances": [_ZEROS]}
_ONE = (  # a stroke of 3×18 pixels
    "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAHElEQVR42mNgGGSAEYX3H1WACZ/OUcnhJTno"
    "AADIzgEkQAMnJgAAAABJRU5ErkJggg=="
)
_CORRECTED = {"digits": [{"digit": 1, "image": _ONE}]}
_RESULTS = {  # a table of what was read before, perhaps put right in between
    "curl": f"""curl -s -F file=@a.png -F file=@b.png '{HERE}/v1/predict' |
  curl -s -H 'Content-Type: application/json' --data-binary @- '{HERE}/v1/results'""",
    "Python": f"""import httpx

files = [("file", open("a.png", "rb")), ("file", open("b.png", "rb"))]
records = httpx.post("{HERE}/v1/predict", files=files).json()
answer = httpx.post("{HERE}/v1/results", json=records)
print(answer.text)""",
    "JavaScript": f"""import {{ readFile }} from "node:fs/promises";

const form = new FormData();
form.append("file", new Blob([await readFile("a.png")]), "a.png");
form.append("file", new Blob([await readFile("b.png")]), "b.png");
const records = await fetch("{HERE}/v1/predict", {{ method: "POST", body: form }});
const answer = await fetch("{HERE}/v1/results", {{
  method: "POST",
  body: await records.text(),
  headers: {{ "Content-Type": "application/json" }},
}});
console.log(await answer.text());""",
}


@dataclass(frozen=True)
class Call:
    """A call as a sample makes it.

    Attributes:
        label: What it shows.
        query: Behind the path.
        json: Its body as JSON.
        base64: Whether that is a picture in base64.
        picture: A file that its body is.
        written: Samples that are written out, by language.
        saved: The file that the answer becomes.
        files: Pictures that its form holds.
        accept: The header, where what is answered is text and no JSON.
    """

    label: str = ""
    query: str = ""
    json: Any = None
    base64: bool = False
    picture: str = ""
    written: dict[str, str] = field(default_factory=dict)
    saved: str = ""
    files: tuple[str, ...] = ()
    accept: str = ""


CALLS: dict[tuple[str, str], list[Call]] = {
    ("post", "/v1/predict"): [
        Call("A picture as the body", picture=PHOTO),
        Call("Several pictures in a form", query="?explain=true", files=("a.png", "b.png")),
        Call("A picture in base64", base64=True),
        Call("As CSV", accept="text/csv", picture=PHOTO),
    ],
    ("post", "/v1/pages"): [Call(picture=PHOTO, saved="page.png")],
    ("post", "/v1/results"): [Call(written=_RESULTS)],
    ("post", "/v1/corrected"): [Call(json=_CORRECTED, saved="corrected.zip")],
    ("post", "/v1/kept"): [Call(json=_CORRECTED)],
    ("post", "/v1/layers"): [Call(picture=DIGIT)],
    ("get", "/metrics"): [Call(accept="text/plain")],
    ("post", "/v2/models/{model}/infer"): [Call(json=_INFER)],
    ("post", "/v2/models/{model}/versions/{version}/infer"): [Call(json=_INFER)],
    ("post", "/v2/repository/index"): [Call(json={"ready": True})],
    ("post", "/v1/models/{model}:predict"): [Call(json=_INSTANCES)],
    ("post", "/v1/models/{model}/versions/{version}:predict"): [Call(json=_INSTANCES)],
    ("post", "/v1/models/{model}/labels/{version}:predict"): [Call(json=_INSTANCES)],
}


def add_samples(document: dict[str, Any]) -> None:
    """Add samples and examples to an OpenAPI document, for each of its operations."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            calls = CALLS.get((method, path)) or [_plain(operation)]
            operation["x-codeSamples"] = [
                {
                    "lang": lang,
                    "label": call.label,
                    "source": call.written.get(lang) or write(method, path, call),
                }
                for lang, write in WRITERS.items()
                for call in calls
            ]
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in FILLED and parameter["in"] == "path":
                    parameter["example"] = FILLED[parameter["name"]]
            examples = [call.json for call in calls if call.json is not None]
            if examples:
                own = json.dumps(examples[0]).replace(_IN_JSON, json.dumps([0] * 784))
                operation["requestBody"]["content"][_JSON]["example"] = json.loads(own)


def _plain(operation: dict[str, Any]) -> Call:
    """Return the call of an operation that needs nothing, or a picture."""
    takes_picture = "image/*" in operation.get("requestBody", {}).get("content", ())
    return Call(picture=PHOTO if takes_picture else "")


def _address(path: str, call: Call) -> str:
    return f"{HERE}{path.format(**FILLED)}{call.query}"


def _headers(call: Call) -> dict[str, str]:
    accept = {"Accept": call.accept} if call.accept else {}
    return accept | ({"Content-Type": "image/png"} if call.picture else {})


def _curl(method: str, path: str, call: Call) -> str:
    before, parts = "", ["curl -s"]
    has_json = call.json is not None or call.base64
    headers = _headers(call) | ({"Content-Type": _JSON} if has_json else {})
    parts += [f"-H '{name}: {value}'" for name, value in headers.items()]
    parts += [f"-o {call.saved}"] if call.saved else []
    parts += [f"-F file=@{name}" for name in call.files]
    if call.picture:
        parts.append(f"--data-binary @{call.picture}")
    elif call.base64:
        parts.append('-d "{\\"image\\": \\"$(base64 -w0 photo.png)\\"}"')
    elif call.json is not None:
        body = json.dumps(call.json)
        if _IN_JSON in body:
            before = "ZEROS=$(printf '0,%.0s' $(seq 783))0\n"
            body = body.replace(_IN_JSON, "['$ZEROS']")
        parts.append(f"-d '{body}'")
    elif method == "post" and not call.files:
        parts.append("-X POST")
    return f"{before}{' '.join(parts)} '{_address(path, call)}'"


def _python(method: str, path: str, call: Call) -> str:
    lines, more = ["import httpx"], []
    if call.base64:
        lines = ["import base64", "from pathlib import Path", "", "import httpx", ""]
        lines.append('picture = base64.b64encode(Path("photo.png").read_bytes()).decode()')
        more.append('json={"image": picture}')
    elif call.picture:
        lines = ["from pathlib import Path", "", "import httpx"]
        more.append(f'content=Path("{call.picture}").read_bytes()')
    elif call.files:
        files = ", ".join(f'("file", open("{name}", "rb"))' for name in call.files)
        more.append(f"files=[{files}]")
    elif call.json is not None:
        lines = ["from pathlib import Path", "", "import httpx"] if call.saved else lines
        body = json.dumps(call.json).replace(_IN_JSON, "[0] * 784").replace(": true", ": True")
        lines += ["", f"request = {body}"]
        more.append("json=request")
    if headers := _headers(call):
        more.append(f"headers={json.dumps(headers)}")
    asked = f'"{_address(path, call)}"'
    if more:
        asked = "".join(f"\n    {one}," for one in (asked, *more)) + "\n"
    lines += ["", f"answer = httpx.{method}({asked})"]
    shown = f"print(answer.{'text' if call.accept else 'json()'})"
    if call.saved:
        shown = f'Path("{call.saved}").write_bytes(answer.content)'
    return "\n".join([*lines, shown])


def _javascript(method: str, path: str, call: Call) -> str:
    names = "readFile, writeFile" if call.saved else "readFile"
    reads = f'import {{ {names} }} from "node:fs/promises";\n\n'
    lines, options, headers = "", [], _headers(call)
    if method != "get":
        options.append(f'method: "{method.upper()}"')
    if call.base64:
        lines = f'{reads}const image = (await readFile("photo.png")).toString("base64");\n'
        headers["Content-Type"] = _JSON
        options.append("body: JSON.stringify({ image })")
    elif call.picture:
        lines = reads
        options.append(f'body: await readFile("{call.picture}")')
    elif call.files:
        appended = "".join(
            f'form.append("file", new Blob([await readFile("{name}")]), "{name}");\n'
            for name in call.files
        )
        lines = f"{reads}const form = new FormData();\n{appended}"
        options.append("body: form")
    elif call.json is not None:
        body = json.dumps(call.json).replace(_IN_JSON, "Array(784).fill(0)")
        lines = f"{reads.replace('readFile, ', '') if call.saved else ''}const request = {body};\n"
        headers["Content-Type"] = _JSON
        options.append("body: JSON.stringify(request)")
    if headers:
        options.append(f"headers: {json.dumps(headers)}")
    told = f", {{\n{''.join(f'  {one},{chr(10)}' for one in options)}}}" if options else ""
    shown = f"console.log(await answer.{'text' if call.accept else 'json'}());"
    if call.saved:
        shown = f'await writeFile("{call.saved}", Buffer.from(await answer.arrayBuffer()));'
    return f'{lines}const answer = await fetch("{_address(path, call)}"{told});\n{shown}'


WRITERS: dict[str, Callable[[str, str, Call], str]] = {
    "curl": _curl,
    "Python": _python,
    "JavaScript": _javascript,
}
