"""The chart of what features cost: CPU seconds of ours, of other tools, and where ours go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

PARTS = (("sort_cpu", "sort"), ("kernel_cpu", "kernel"), ("write_cpu", "write"))
EXTRAS = (("late", "late rows"), ("reference", "reference tables"))
OTHERS = (
    ("duckdb_sql_cpu", "DuckDB SQL, 1 cutoff"),
    ("polars_cpu", "polars, 1 cutoff"),
    ("pandas_cpu", "pandas, 1 cutoff"),
)
COLOURS = ("#1f5f8b", "#3d8fc1", "#8cc3e3", "#c9a227", "#e0c56e")


def draw_chart(figures: Mapping[str, float], file: Path) -> None:
    """Draw horizontal bars of CPU seconds, shortest work first, as PNG."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 3.9), layout="constrained")
    axes.barh("scan of the columns", figures["scan_cpu"], color="#999999")
    left = 0.0
    costs = [(label, figures[name]) for name, label in PARTS]
    costs += [(label, figures[f"{name}_times_scan"] * figures["scan_cpu"]) for name, label in EXTRAS]
    for (label, seconds), colour in zip(costs, COLOURS, strict=True):
        axes.barh("ours, 12 cutoffs", max(seconds, 0), left=left, color=colour, label=label)
        left += max(seconds, 0)
    for name, label in OTHERS:
        if name in figures:
            axes.barh(label, figures[name], color="#b5523b")
    axes.invert_yaxis()
    axes.set_xlabel(f"CPU seconds, {figures['rows'] / 1e6:.1f} million order lines, Parquet to Parquet")
    figure.legend(frameon=False, loc="outside upper right", ncols=len(COLOURS))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=140)
    plt.close(figure)
