"""Standing arms: who gets no offer, who a random one, and who the policy's, always the same customers.

A hash of the rule's name and the customer gives a number in [0, 1); the first part of it is held out, the next gets
random offers. A new rule, under a new name, deals anew.
"""

from __future__ import annotations

from hashlib import blake2b

RULE = "arms@1"
POLICY, RANDOM, HOLDOUT = "policy", "random", "holdout"


def position(customer_id: str) -> float:
    """Where a customer lies in [0, 1); even over customers, and unrelated to anything else about them."""
    text = f"{RULE}:{customer_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") / 2**64


def arm_of(customer_id: str, holdout: float, random: float) -> str:
    """The arm of a customer.

    Args:
        holdout: share of the customers who get no offer.
        random: share of those for whom chance chooses among the eligible offers.
    """
    place = position(customer_id)
    if place < holdout:
        return HOLDOUT
    return RANDOM if place < holdout + random else POLICY
