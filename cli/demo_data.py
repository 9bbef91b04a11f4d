"""What the demo can be run on: a public panel, or a simulated shop whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.context import Progress

CUSTOMERS, MONTHS, SEED = 3_000, 24, 1

COMPLETE_JOURNEY_SETTINGS = """\
# A year of a grocer's order lines: the Complete Journey panel, published by 84.51 degrees.
[source]
path = "data"
currency = "USD"

[consent]
basis = "public_data"    # a published panel of anonymous households

[offers]
explore = 0              # the same offers whenever it is run
"""
SIMULATED_MORE = """
[churn]
horizon_days = 28        # as far ahead as the truth is known
"""


@dataclass(frozen=True)
class DemoData:
    """One set of data: its name, and the folder in which the demo works unless it is told another."""

    name: str
    folder: Path

    def load(self, into: Path, progress: Progress) -> None:
        """Write tables (and the truth, where there is one) and settings, each unless it is there."""
        if self.name == "simulated":
            _simulate(into, progress)
        else:
            _export(into, progress)

    def truth(self, into: Path) -> Path | None:
        """The folder of what is true, apart from the tables; None where nobody knows."""
        return into / "truth" if self.name == "simulated" else None


DATA = {
    one.name: one
    for one in (
        DemoData("complete_journey", Path("demo")),
        DemoData("simulated", Path("demo-simulated")),
    )
}


def _export(into: Path, progress: Progress) -> None:
    from datasets import complete_journey
    from features.settings import FILE_NAME

    if not (into / "data").is_dir():
        progress("load the Complete Journey panel", 0, 1)
        complete_journey.export(into / "data")
        progress("load the Complete Journey panel", 1, 1)
    if not (into / FILE_NAME).is_file():
        (into / FILE_NAME).write_text(COMPLETE_JOURNEY_SETTINGS, encoding="utf-8")


def _simulate(into: Path, progress: Progress) -> None:
    from cli.simulate import settle
    from datasets.simulator import simulate

    if not (into / "data").is_dir() or not (into / "truth").is_dir():
        simulate(
            into / "data",
            into / "truth",
            customers=CUSTOMERS,
            months=MONTHS,
            seed=SEED,
            progress=lambda done, total: progress("simulate a shop", done, total),
        )
    settle(into, MONTHS, SIMULATED_MORE)
