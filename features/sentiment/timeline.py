"""Sentiment as it could have been known: a text is judged by the newest model that is older than the text.

A model learns from the ratings that were known before it, so no text is judged by a model that saw its own rating,
and no feature at any cutoff by one that saw a rating from after the cutoff. Models follow each other whenever ratings
or texts have doubled: the cost of all is about twice that of the last one.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.kernel.columns import Int
from features.kernel.stream import FROM_EVER
from features.sentiment.aspects import Aspects
from features.sentiment.learner import SentimentModel
from features.sentiment.ratings import NEUTRAL, POLARITIES
from features.sentiment.scores import SentimentScores
from features.sentiment.written import UNRATED, Written

FORMAT = 1
TASK = "sentiment"
FIRST_RATINGS, FIRST_TEXTS = 50, 500
"""With so many of either the first model is fitted; before it there are the word lists as they come."""
_DESCRIPTION = "model.json"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Judge:
    """What judges the texts that become known from `since` on, until the next judge.

    Attributes:
        since: microseconds since 1970 UTC.
    """

    since: int
    model: SentimentModel
    aspects: Aspects


@dataclass(frozen=True, eq=False)
class Judged:
    """What is said of n texts; every array has shape (texts,).

    Attributes:
        polarity: in [-1, 1].
        label: 0 negative, 1 neutral, 2 positive.
        negative: probability that the text is negative, in [0, 1].
        confidence: in [0, 1].
        calibrated: whether `negative` was calibrated on ratings.
        language: code of the word list that was asked, "" where none was.
        aspects: what it is about, with commas between.
    """

    polarity: NDArray[np.float64]
    label: Int
    negative: NDArray[np.float64]
    confidence: NDArray[np.float64]
    calibrated: NDArray[np.bool_]
    language: NDArray[np.object_]
    aspects: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Judges in the order of time; an artifact of the registry like other models.

    Attributes:
        judges: ascending by `since`, the first of which is from ever.
        version: of the registry.
        metadata: JSON values.
    """

    judges: tuple[Judge, ...]
    version: str = "unregistered"
    metadata: dict[str, Any] = field(default_factory=dict)

    task = TASK
    features = ("text",)
    labels = ("polarity", "negative_probability", "confidence")

    @classmethod
    def fit(
        cls, written: Written, *, lists: Path | None = None, seed: int = 0, progress: Progress | None = None
    ) -> Timeline:
        """Fit every judge from what was known before it.

        Args:
            written: texts in the order in which they became known.
            lists: folder with the retailer's own lists of aspects.
            seed: of folds and draws.
            progress: told how many judges are fitted, and how many there will be.
        """
        aspects = Aspects.load(lists)
        judges = [Judge(FROM_EVER, SentimentModel.fit([], [], seed=seed), aspects)]
        instants = beginnings(written)
        for done, since in enumerate(instants):
            if progress is not None:
                progress(done, len(instants))
            judges.append(_judge(written, since, aspects, seed))
        if progress is not None:
            progress(len(instants), len(instants))
        return cls(tuple(judges))

    @property
    def latest(self) -> Judge:
        """Who judges what comes next."""
        return self.judges[-1]

    def judge(self, texts: Sequence[str], known: Int) -> Judged:
        """Judge texts, each by the newest judge from before it was known.

        Args:
            known: when each text was known, microseconds, shape (texts,).
        """
        since = [judge.since for judge in self.judges]
        place = np.array([bisect_right(since, at) - 1 for at in known.tolist()], np.int64)
        found = _unjudged(len(texts))
        for number in np.unique(place):
            rows = np.flatnonzero(place == number)
            _judge_rows(found, rows, [texts[row] for row in rows.tolist()], self.judges[number])
        return found

    def save(self, folder: Path) -> None:
        """Write `model.json` and a folder for each judge."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, judge in enumerate(self.judges):
            judge.model.save(folder / f"{number:02}")
            judge.aspects.save(folder / f"{number:02}" / "aspects")
        description = {
            "format": FORMAT,
            "task": self.task,
            "version": self.version,
            "since": [judge.since for judge in self.judges],
            "metadata": self.metadata,
        }
        (folder / _DESCRIPTION).write_text(json.dumps(description, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Timeline:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the files are of another task or format.
        """
        file = folder / _DESCRIPTION
        if not file.is_file():
            raise FileNotFoundError(f"{folder} is not a model: it has no {_DESCRIPTION}")
        description = json.loads(file.read_text(encoding="utf-8"))
        found = description.get("task"), description.get("format")
        if found != (TASK, FORMAT):
            raise ValueError(
                f"{folder} has {found[0]!r} of format {found[1]!r}; this reads {TASK!r} of {FORMAT}"
            )
        judges = [
            Judge(
                since,
                SentimentModel.load(folder / f"{number:02}"),
                Aspects.load(folder / f"{number:02}" / "aspects"),
            )
            for number, since in enumerate(description["since"])
        ]
        return cls(tuple(judges), description["version"], description["metadata"])


def beginnings(written: Written) -> list[int]:
    """The instants from which a new judge judges: whenever ratings or texts have doubled, and at the end."""
    if not len(written):
        return []
    rated = np.sort(np.maximum(written.rated, written.known)[written.rating != UNRATED])
    found = [*_doublings(rated, FIRST_RATINGS), *_doublings(written.known, FIRST_TEXTS)]
    end = int(max(written.known[-1], rated[-1] if len(rated) else written.known[-1])) + 1
    kept: list[int] = []
    before = (0, 0)
    for since in sorted({*found, end}):
        now = int(np.searchsorted(rated, since)), int(np.searchsorted(written.known, since))
        if since == end or any(2 * new >= 3 * old for new, old in zip(now, before, strict=True) if new > old):
            kept.append(since)
            before = now
    return kept


def _doublings(known: Int, first: int) -> list[int]:
    """The instants just after `first`, twice `first`, ... of some events were known."""
    found = []
    while first <= len(known):
        found.append(int(known[first - 1]) + 1)
        first *= 2
    return found


def _judge(written: Written, since: int, aspects: Aspects, seed: int) -> Judge:
    rated, past = written.ratings_before(since), written.known < since
    own = written.where(rated)
    others = written.where(past & ~rated).text
    model = SentimentModel.fit(
        own.text, [POLARITIES[rating] for rating in own.rating], own.customer.tolist(), others, seed=seed
    )
    return Judge(since, model, aspects.learn(own.text + others))


def _unjudged(texts: int) -> Judged:
    return Judged(
        np.zeros(texts),
        np.full(texts, NEUTRAL),
        np.full(texts, 0.5),
        np.zeros(texts),
        np.zeros(texts, bool),
        np.full(texts, "", object),
        np.full(texts, "", object),
    )


def _judge_rows(found: Judged, rows: Int, texts: Sequence[str], judge: Judge) -> None:
    scores: SentimentScores = judge.model.score(texts)
    found.polarity[rows], found.label[rows] = scores.polarity, scores.label
    found.negative[rows] = scores.negative
    found.confidence[rows], found.calibrated[rows] = scores.confidence, scores.calibrated
    found.language[rows] = scores.language
    about = judge.aspects.find(texts)
    found.aspects[rows] = [",".join(aspects) for aspects in about]
