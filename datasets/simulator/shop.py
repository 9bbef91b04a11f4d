"""What a simulated shop is made of: its size, its length, its seed, its difficulty, how campaigns were logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Logging = Literal["randomised", "targeted"]
Level = Literal["easy", "default", "hard"]

CELL = 1_000
"""Customers that are drawn together. Part of what a seed means, so it is not a setting."""


@dataclass(frozen=True)
class Difficulty:
    """How plainly the truth shows in the tables.

    Attributes:
        mechanism: strength of what loyalty types do, 1 in the default shop.
        service: weight of satisfaction in leaving, 1 in the default shop.
        personal: deviation of a customer's own log response to an offer around that of the loyalty type;
            no history tells it.
    """

    mechanism: float
    service: float
    personal: float


DIFFICULTIES: dict[Level, Difficulty] = {
    "easy": Difficulty(mechanism=1.4, service=1.4, personal=0.08),
    "default": Difficulty(mechanism=1.0, service=1.0, personal=0.15),
    "hard": Difficulty(mechanism=0.6, service=0.6, personal=0.4),
}


@dataclass(frozen=True)
class Shop:
    """Everything that decides what is drawn.

    Raises:
        ValueError: fewer than 1 customer or 3 months, a negative seed, an unknown difficulty or logging.
    """

    customers: int
    months: int
    seed: int
    level: Level = "default"
    logging: Logging = "randomised"

    def __post_init__(self) -> None:
        if self.customers < 1 or self.months < 3 or self.seed < 0:
            found = f"customers={self.customers}, months={self.months}, seed={self.seed}"
            raise ValueError(f"{found}; give at least 1 customer, 3 months and a seed of 0 or more")
        if self.level not in DIFFICULTIES:
            raise ValueError(f"difficulty {self.level!r} is unknown; give one of {', '.join(DIFFICULTIES)}")
        if self.logging not in get_args(Logging):
            raise ValueError(
                f"logging {self.logging!r} is unknown; give one of {', '.join(get_args(Logging))}"
            )

    @property
    def difficulty(self) -> Difficulty:
        """The numbers behind the level."""
        return DIFFICULTIES[self.level]

    @property
    def cells(self) -> int:
        """Cells of at most `CELL` customers."""
        return -(-self.customers // CELL)

    def cell_size(self, cell: int) -> int:
        """Customers of one cell."""
        return min(CELL, self.customers - cell * CELL)
