"""Two examples of each command, which its help ends with."""

EXAMPLES = {
    "": ("mnist predict photo.jpg", "mnist train"),
    "train": ("mnist train", "mnist train --data mnist --data mine --from latest --promote"),
    "evaluate": ("mnist evaluate", "mnist evaluate --model bundled --robustness --report report"),
    "predict": (
        "mnist predict photo.jpg --annotate read.png",
        "mnist predict sheets/ --output marks.csv --review check",
    ),
    "plot": ("mnist plot confusion", "mnist plot compare --model 1 --model 2 --output both.svg"),
    "export": (
        "mnist export --format onnx --output mnist.onnx",
        "mnist export --format litert --precision int8 --output mnist.tflite --model 3",
    ),
    "serve": ("mnist serve", "mnist serve --host 0.0.0.0 --allow-host digits.example.org"),
    "make-cuts": (
        "mnist make-cuts --output cuts.npz",
        "mnist make-cuts --writers writers --hold-out 0008_CH3F --output cuts.npz",
    ),
    "train-finder": (
        "mnist train-finder --output finder",
        "mnist train-finder --writers writers --hold-out 0008_CH3F",
    ),
    "train-lines": (
        "mnist train-lines --output lines",
        "mnist train-lines --writers writers --hold-out 0008_CH3F",
    ),
    "form new": (
        "mnist form new sheet.jpg --annotate fields.png",
        "mnist form new sheet.jpg --field number=330,150,690,210 --id number=students.txt",
    ),
    "form": ("mnist form new sheet.jpg", "mnist form new sheet.jpg --annotate fields.png"),
    "data": ("mnist data show", "mnist data export digits"),
    "data show": ("mnist data show", "mnist data show train.csv --json"),
    "data export": (
        "mnist data export digits",
        "mnist data export digits --count 500 --split train",
    ),
    "data corrected": (
        "mnist data corrected cells.csv corrected",
        "mnist data corrected cells.csv corrected --form form.json",
    ),
    "models": ("mnist models list", "mnist models show champion"),
    "models list": ("mnist models list --sort val", "mnist models list --csv"),
    "models show": ("mnist models show", "mnist models show champion --json"),
    "models compare": (
        "mnist models compare champion 7",
        "mnist models compare bundled mine.keras --output compare.png",
    ),
    "models promote": ("mnist models promote 7", "mnist models promote bundled"),
    "models verify": ("mnist models verify", "mnist models verify 3 champion --json"),
    "models delete": ("mnist models delete 3", "mnist models delete 3 4 --yes"),
}


def examples(command: str) -> str:
    """Return what stands under a command's help, a line each; the root's name is empty."""
    return "\n\n".join(("Examples:", *EXAMPLES[command]))
