"""The language of a text, as far as the choice of a word list needs it."""

from __future__ import annotations

from collections.abc import Sequence

from features.sentiment.wordlist_file import WordListFile

UNKNOWN = "und"


class Languages:
    """Tells the languages of word lists from each other."""

    def __init__(self, files: Sequence[WordListFile]) -> None:
        self._codes = [file.language for file in files]

    def of(self, texts: Sequence[str], usual: str | None = None) -> list[str]:
        """Return the language of each text."""
        return [usual or "en"] * len(texts)
