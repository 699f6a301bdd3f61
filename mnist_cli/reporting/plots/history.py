"""The figure of a training: loss and accuracy by epoch."""

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mnist_cli.core.store.versions import Version
from mnist_cli.reporting.plots.style import BLUE, ORANGE, STYLE, caption, described, new_figure


@rc_context(STYLE)
def history(version: Version, columns: int = 2) -> Figure:
    """Draw a version's loss and accuracy by epoch, and mark the epoch whose weights were kept.

    Training images are distorted, and smoothed labels give even the best answer a loss: so the
    curve of training lies above that of validation, and the key says so.

    Args:
        version: What was trained.
        columns: 2 for loss and accuracy side by side, 1 for one under the other.
    """
    rows = version.read_history()
    chosen_epoch = version.manifest["metrics"]["chosen_epoch"]
    data = version.manifest["data"]
    model = {"version": version.name, "sha256": version.sha256}
    foot = caption(model, f"{data['name']} train ({data['sha256'][:8]})")
    figure, axes = new_figure(foot, 2 // columns, columns, (4.5 * columns, 7.6 / columns))
    for ax, name, title in zip(axes, ("loss", "accuracy"), ("Loss", "Accuracy"), strict=True):
        _draw_curve(ax, rows, name, f"training: {_worse(version)}", ORANGE, "s")
        _draw_curve(ax, rows, f"val_{name}", "validation, on plain images", BLUE, "o")
        ax.axvline(chosen_epoch, color="0.4", linestyle=":", label=f"chosen: epoch {chosen_epoch}")
        ax.set(title=title, xlabel="epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color="0.9")
    axes[0].set_ylim(bottom=0)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    figure.legend(
        *axes[1].get_legend_handles_labels(),
        loc="outside upper left",
        ncols=2 * columns - 1,
        title=described(version),
        alignment="left",
    )
    return figure


def _draw_curve(
    ax: Axes, rows: list[dict[str, float]], key: str, label: str, colour: str, marker: str
) -> None:
    """Draw a figure by epoch, if each has it, with some twenty markers, and one in the key."""
    if any(key not in row for row in rows):  # nothing was held out
        return
    epochs, values = [row["epoch"] for row in rows], [row[key] for row in rows]
    every = max(1, len(rows) // 20)
    ax.plot(epochs, values, color=colour, marker=marker, markersize=4, markevery=every)
    ax.plot([], [], color=colour, marker=marker, markersize=4, label=label)


def _worse(version: Version) -> str:
    """Say what makes a version's training harder than its validation."""
    smoothing = version.manifest["config"].get("label_smoothing", 0)
    return "distorted images" + (", smoothed labels" if smoothing else "")
