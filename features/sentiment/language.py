"""The language of a text, as far as the choice of a word list needs it.

The script decides where one list reads it (Greek, Thai, Korean, ...), and letters of their own tell Persian from
Arabic. Between the languages of the Latin and Cyrillic alphabets py3langid decides, a naive Bayes classifier over
byte sequences that needs numpy only and downloads nothing. Languages that it does not know, such as Hindi in
Latin letters, are told by the everyday words of their list. A text too short to tell is taken to be in the
language of most others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from features.sentiment.wordlist_file import WordListFile

UNKNOWN = "und"

_READ = 200  # characters; more adds time and hardly any certainty
_SURE = 0.6  # probability from which a language is taken without asking what the other texts are
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_WORD = re.compile(r"[^\W\d_]+")

_SCRIPTS = {
    "latin": r"a-zA-Zªºß-öø-ɏḀ-ỿ",
    "cyrillic": r"\u0400-\u052f",
    "greek": r"\u0370-\u03ff\u1f00-\u1fff",
    "arabic": r"\u0620-\u064a\u066e-\u06d5\u06fa-\u06ff\u0750-\u077f",
    "hebrew": r"\u05d0-\u05ea",
    "devanagari": r"\u0900-\u0963\u0971-\u097f",
    "thai": r"\u0e00-\u0e4e",
    "kana": r"\u3041-\u3096\u30a1-\u30fa",
    "hangul": r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "han": r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff",
}
_LETTERS = re.compile("|".join(f"(?P<{script}>[{letters}]+)" for script, letters in _SCRIPTS.items()))
_ONE_LANGUAGE = {
    "greek": "el",
    "hebrew": "he",
    "devanagari": "hi",
    "thai": "th",
    "kana": "ja",
    "hangul": "ko",
    "han": "zh",
}
_CYRILLIC = {"ru", "uk", "bg", "be", "mk", "sr", "kk", "ky", "mn"}
_URDU = re.compile("[ٹڈڑںےہھ]")
_PERSIAN = re.compile("[پچژگیک]")
_ARABIC = re.compile("[ةىأإ]")
_EVERYDAY_WORDS, _EVERYDAY_SHARE = 2, 0.2  # different ones, and of a text's words
_DENSE = {"han": 3, "kana": 3, "hangul": 3}  # such a letter says as much as three others


class _Guess(NamedTuple):
    """A text's script, the likeliest language and whether that is sure."""

    script: str
    language: str
    sure: bool


class Languages:
    """Tells the languages of word lists from each other.

    Args:
        files: the lists; only their languages are ever given as an answer.
    """

    def __init__(self, files: Iterable[WordListFile]) -> None:
        files = list(files)
        self._codes = {file.language for file in files}
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        known = self._codes & set(self._identifier.labels)
        self._by_script = {
            "cyrillic": known & _CYRILLIC,
            "latin": known - _CYRILLIC - set(_ONE_LANGUAGE.values()) - {"ar", "fa"},
        }
        self._identifier.set_languages(sorted(self._by_script["latin"] | self._by_script["cyrillic"]))
        self._everyday = {file.language: frozenset(file.common) for file in files if file.common}

    def of(self, texts: Sequence[str], usual: str | None = None) -> list[str]:
        """Return a code such as "ro" for each text, "und" where its script has no list or it has no letters.

        A text in a language without a list is taken for the nearest that has one.

        Args:
            texts: n of them; what they hold never fails.
            usual: language of most texts; if not given, the most common among those that are sure.
        """
        guesses = [self._guess(text) for text in texts]
        common = _most_common(guesses)
        return [self._settle(guess, usual or common.get(guess.script)) for guess in guesses]

    def _guess(self, text: str) -> _Guess:
        sample = _ADDRESS.sub(" ", text[:_READ])
        script = _script(sample)
        if script in _ONE_LANGUAGE:
            return self._known(script, _ONE_LANGUAGE[script])
        if script == "arabic":
            return self._arabic(sample)
        if script not in self._by_script:
            return _Guess(script, UNKNOWN, sure=True)
        if self._everyday and script == "latin" and (language := self._by_everyday_words(sample)):
            return _Guess(script, language, sure=True)
        language, probability = self._identifier.classify(_DRAWN_OUT.sub(r"\1\1", sample.lower()))
        if language not in self._by_script[script]:
            return _Guess(script, UNKNOWN, sure=False)
        return _Guess(script, language, bool(probability >= _SURE))

    def _known(self, script: str, language: str, *, sure: bool = True) -> _Guess:
        return _Guess(script, language if language in self._codes else UNKNOWN, sure)

    def _arabic(self, sample: str) -> _Guess:
        if _URDU.search(sample):
            return self._known("arabic", "ur")
        if _PERSIAN.search(sample):
            return self._known("arabic", "fa")
        return self._known("arabic", "ar", sure=_ARABIC.search(sample) is not None)

    def _by_everyday_words(self, sample: str) -> str | None:
        words = _WORD.findall(sample.lower())
        for language, everyday in self._everyday.items():
            found = [word for word in words if word in everyday]
            if len(found) >= _EVERYDAY_SHARE * len(words) and len(set(found)) >= _EVERYDAY_WORDS:
                return language
        return None

    def _settle(self, guess: _Guess, usual: str | None) -> str:
        """The language of a text: what it looks like, or where that is not sure the usual one of its script."""
        fits = usual in self._by_script.get(guess.script, {"ar", "fa"} & self._codes)
        return usual if usual and fits and not guess.sure else guess.language


def _script(text: str) -> str:
    """The script of most letters; some kana make Han letters Japanese."""
    if text.isascii():
        return "latin" if _LETTERS.search(text) else ""
    sizes: Counter[str] = Counter()
    for match in _LETTERS.finditer(text):
        script = str(match.lastgroup)
        sizes[script] += (match.end() - match.start()) * _DENSE.get(script, 1)
    if sizes["kana"] * 10 > sizes["han"] > 0:
        sizes["kana"] += sizes["han"]
    return max(sizes, key=sizes.__getitem__) if sizes.total() else ""


def _most_common(guesses: Iterable[_Guess]) -> dict[str, str]:
    """The language of most texts that are sure, by script."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for guess in guesses:
        if guess.sure and guess.language != UNKNOWN:
            seen[guess.script][guess.language] += 1
    return {script: counts.most_common(1)[0][0] for script, counts in seen.items()}
