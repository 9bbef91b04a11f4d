"""What every verb prints, writes and answers to programs: the half of `docs/commands.md` that click does not know."""

from __future__ import annotations

from collections.abc import Mapping

from cli.answers.answer import Answer
from cli.answers.data import DATA
from cli.answers.lists import LISTS
from cli.answers.models import MODELS
from cli.answers.offers import OFFERS
from cli.answers.service import SERVICE

ANSWERS: Mapping[str, Answer] = DATA | MODELS | LISTS | OFFERS | SERVICE
"""By verb, in the order of the page."""
