"""What a text is about: delivery, price, service and so on, by words that are listed or learnt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from features.contract import ASPECTS
from features.sentiment.aspect_file import as_list, read_aspects, write_aspects
from features.sentiment.aspect_learning import Sentence, candidates, companions, remainder, sentences
from features.sentiment.reader import Reader, listed
from features.sentiment.vocabulary import Token, Vocabulary
from features.sentiment.wordlist import WordLists
from features.sentiment.wordlist_file import Role

FOLDER = Path(__file__).parent / "aspect_lists"
LEARNT = "learnt"  # a list of this name holds in every language
_MOST_TEXTS = 200_000  # to learn from


class Aspects:
    """Words of each aspect, by language, and those learnt from the retailer's texts.

    >>> Aspects.load(None).find(["The courier was late but the staff were polite."])
    [{'delivery': ['courier', 'late'], 'service': ['staff', 'polite']}]

    Args:
        words: by language, each word with its aspect.
        learnt: words with their aspects that hold in every language.
    """

    def __init__(self, words: Mapping[str, Mapping[str, str]], learnt: Mapping[str, str]) -> None:
        self.words = {language: dict(own) for language, own in words.items()}
        self.learnt = dict(learnt)
        self._lists = WordLists.load()
        self._readers = {language: self._reader(language, own) for language, own in self.words.items()}
        self._learnt_reader = self._reader(LEARNT, self.learnt)

    @classmethod
    def load(cls, folder: Path | None = None) -> Aspects:
        """Read the lists that come with this package and then those of a folder, which add to or replace them.

        Args:
            folder: with the retailer's `ro.toml` and so on, or what `save` wrote.

        Raises:
            ValueError: a list cannot be read; the message names the file and the word.
        """
        words: dict[str, dict[str, str]] = {}
        paths = [*sorted(FOLDER.glob("*.toml")), *(sorted(folder.glob("*.toml")) if folder else ())]
        for path in paths:
            own, replace = read_aspects(path)
            words[path.stem] = own if replace else {**words.get(path.stem, {}), **own}
        learnt = words.pop(LEARNT, {})
        return cls(words, learnt)

    def save(self, folder: Path) -> None:
        """Write every list into a folder, so that `load` gives the same aspects back."""
        folder.mkdir(parents=True, exist_ok=True)
        for language, own in (*self.words.items(), (LEARNT, self.learnt)):
            write_aspects(folder / f"{language}.toml", own)

    def find(self, texts: Sequence[str], usual: str | None = None) -> list[dict[str, list[str]]]:
        """Return for each text its aspects, in the order of `ASPECTS`, with the words that showed them.

        Args:
            texts: n of them; what they hold never fails.
            usual: language taken for texts too short to tell, as in `WordLists.score`.
        """
        languages = self._lists.languages.of(texts, usual)
        return [self._of(text, language) for text, language in zip(texts, languages, strict=True)]

    def learn(self, texts: Sequence[str], usual: str | None = None) -> Aspects:
        """Return these aspects with the words that keep company with theirs in the retailer's texts.

        Words of the lists stay as they are, and words that say good or bad are never learnt. At most 200,000
        texts are read, evenly spread.
        """
        texts = texts[:: -(-len(texts) // _MOST_TEXTS) or 1]
        languages = self._lists.languages.of(texts, usual)
        pairs = list(zip(texts, languages, strict=True))
        learnt = companions([self._sentences(pairs[start::2]) for start in (0, 1)])
        return Aspects(self.words, learnt)

    def _reader(self, language: str, words: Mapping[str, str]) -> Reader:
        return Reader(Vocabulary(as_list(language, words, self._lists.prefixes.get(language, ()))))

    def _of(self, text: str, language: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for aspect, word in self._words(text, language):
            words = found.setdefault(aspect, [])
            if word not in words:
                words.append(word)
        return {aspect: found[aspect] for aspect in ASPECTS if aspect in found}

    def _words(self, text: str, language: str) -> Iterator[tuple[str, str]]:
        if language in self._readers:
            yield from _matches(self._readers[language].tokens(text))
        if self.learnt:
            yield from _matches(self._learnt_reader.tokens(text))

    def _sentences(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Sentence]:
        """The sentences as learning sees them: what no list knows, and the aspects."""
        for text, language in pairs:
            for sentence in sentences(text):
                aspects, rest = set(), sentence
                if language in self._readers:
                    tokens = self._readers[language].tokens(sentence)
                    aspects, rest = {aspect for aspect, _ in _matches(tokens)}, remainder(tokens)
                rest = remainder(self._lists.reader(language).tokens(rest))
                yield Sentence(candidates(rest), aspects)


def _matches(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Each aspect with the word or phrase of the text that shows it."""
    for found in listed(tokens):
        if found.role is Role.VALUE:
            yield ASPECTS[int(found.value)], found.word
