"""What is known or assumed of offers by name: kept in a workspace after a promotion, and in every generation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from models.offer_effects import CELLS, OfferEffects

PROMOTED = "offer_effects.json"
"""File of a workspace: the promoted effects."""


@dataclass(frozen=True, eq=False)
class NamedEffects:
    """Effects with the names that they are of.

    Attributes:
        offers: (k,) ids.
        types: (t,) loyalty types.
        effects: of these offers on these types.
        measured: (k,) whether decisions tell of the offer; else its effects are assumed.

    Raises:
        ValueError: there are not as many effects as names.
    """

    offers: tuple[str, ...]
    types: tuple[str, ...]
    effects: OfferEffects
    measured: tuple[bool, ...]

    def __post_init__(self) -> None:
        k, t = len(self.offers), len(self.types)
        cells = {getattr(self.effects, name).shape for name in CELLS}
        single = {len(self.effects.redemption_cost), len(self.effects.cost_share), len(self.measured)}
        if cells != {(k, t)} or single != {k}:
            raise ValueError(
                f"{k} offers and {t} loyalty types do not go with effects of {cells} and {single}"
            )

    def with_known(self, known: NamedEffects) -> NamedEffects:
        """These, and in their place what is known of the same offers.

        Raises:
            ValueError: the known effects are of other loyalty types.
        """
        if known.types != self.types:
            raise ValueError(
                f"the effects are of the loyalty types {', '.join(known.types)}, not {', '.join(self.types)}"
            )
        place = {offer: number for number, offer in enumerate(known.offers)}
        own = [place.get(offer) for offer in self.offers]
        effects = self.effects.with_known(known.effects, own)
        measured = tuple(found is not None and known.measured[found] for found in own)
        return NamedEffects(self.offers, self.types, effects, measured)

    def to_text(self) -> str:
        """As a JSON document."""
        content = {"offers": self.offers, "types": self.types, "measured": self.measured}
        return json.dumps(content | {"effects": self.effects.to_json()}, indent=1)

    @classmethod
    def read(cls, file: Path) -> NamedEffects:
        """From a file that holds what `to_text` gave.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            found = json.loads(file.read_text("utf-8"))
            effects = OfferEffects.from_json(found["effects"], len(found["types"]))
            return cls(tuple(found["offers"]), tuple(found["types"]), effects, tuple(found["measured"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{file} holds no effects of offers; run: regulars policy promote, or remove it"
            ) from error
