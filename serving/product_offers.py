"""Offers of a product that is chosen for the customer: type `product` without a product of its own.

Promised is the customer's best recommendation, of the offer's category where it names one; what was recommended is
part of the generation, so the same decision names the same product again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.offers import Catalogue
from serving.recommendations import Wanted

if TYPE_CHECKING:
    from serving.generation import Generation


def chosen_products(generation: Generation, catalogue: Catalogue, row: int) -> dict[str, str]:
    """The product of each such offer for one customer, by offer id; none where nothing is recommended."""
    known = generation.recommendations
    if known is None or not catalogue.open_products:
        return {}
    cutoff, found = generation.manifest.cutoff, {}
    for offer in catalogue.open_products:
        best = known.answer(row, Wanted(1, category=offer.category), cutoff)
        if best:
            found[offer.offer_id] = str(best[0]["item_id"])
    return found
