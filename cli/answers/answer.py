"""What one verb prints, writes and answers to programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Keys = Mapping[str, str]
"""Meaning of each key of a JSON document. `a.b` is inside `a`, `a[].b` inside each of a list; what has no entry
of its own below it is described whole."""


@dataclass(frozen=True)
class Answer:
    """The answer of one verb.

    Attributes:
        prints: what people see on standard output.
        writes: what is made, replaced, or left as it is.
        documents: keys of the JSON document, by the options that choose another one; "" without any.
    """

    prints: str
    writes: str
    documents: Mapping[str, Keys] = field(default_factory=dict)


def within(place: str, keys: Keys) -> dict[str, str]:
    """The keys of a document inside another one."""
    return {f"{place}.{key}": meaning for key, meaning in keys.items()}
