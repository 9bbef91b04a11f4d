"""The sentiment task: learnt from rated texts, judged on texts of customers that no judge had heard of before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from features.kernel.columns import Int, Mask
from features.permission import profiling_permit
from features.sentiment.filling import Filled, fill
from features.sentiment.ratings import NEGATIVE, NEUTRAL, POLARITIES, POSITIVE
from features.sentiment.tables import has_texts
from features.sentiment.timeline import TASK, Judged, Timeline
from features.sentiment.written import UNRATED, Written, read_written
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from training import metrics, plots
from training.evaluation import MATERIAL_AUROC
from training.registry import CHALLENGER, CHAMPION, Registered, Registry

Progress = Callable[[str, int, int], None]
FEWEST_JUDGED = 50
"""With fewer held-out ratings of either kind a figure would be chance."""
MOST_JUDGED = 20_000
DRAWS = 200
"""Of a bootstrap over ratings."""


@dataclass(frozen=True)
class TrainedSentiment:
    """What a training run came to.

    Attributes:
        stage: what the latest judge has learnt from.
        rows: held-out ratings on which the figures are.
    """

    registered: Registered
    stage: str
    texts: int
    ratings: int
    rows: int
    figures: dict[str, float]
    verdict: str
    champion: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        return {
            "task": TASK,
            "version": self.registered.version,
            "run_id": self.registered.run_id,
            "alias": CHAMPION if self.champion else CHALLENGER,
            "stage": self.stage,
            "texts": self.texts,
            "ratings": self.ratings,
            "judged_on": self.rows,
            "verdict": self.verdict,
            "figures": self.figures,
        }


def train_sentiment(
    settings: Settings, workspace: Workspace, *, progress: Progress | None = None
) -> TrainedSentiment:
    """Fit judges along time, judge them on later texts of other customers, and register the result as challenger.

    In an empty registry it becomes champion, unless the plain word lists are better.

    Raises:
        FileNotFoundError: the tables have not been validated, or the folder of own lists is not there.
        ValueError: nobody wrote anything, or a list cannot be read.
    """
    tell = progress or _silent
    report = load_report(workspace.tables)
    written = read_written(workspace.tables, profiling_permit(settings, workspace))
    if not len(written):
        raise ValueError(
            "there is no text to learn from: bring feedback or interactions with a column `text`, "
            "and run: regulars validate"
        )
    seed = settings.training.seed
    own_lists = settings.aspect_folder
    if own_lists is not None and not own_lists.is_dir():
        raise FileNotFoundError(
            f"sentiment.aspects names {own_lists}, which is no folder; make it or unset it"
        )
    timeline = Timeline.fit(
        written,
        lists=own_lists,
        seed=seed,
        progress=lambda done, total: tell("sentiment: judges", done, total),
    )
    tell("sentiment: judging", 0, 1)
    judgement = judge(timeline, written, seed)
    tell("sentiment: judging", 1, 1)
    ratings = int((written.rating != UNRATED).sum())
    facts = {"texts": len(written), "ratings": ratings, "judges": len(timeline.judges), "seed": seed}
    stage = str(timeline.latest.model.stage)
    timeline = replace(
        timeline,
        metadata=facts | {"stage": stage, "fingerprint": report.fingerprint, "figures": judgement.figures},
    )
    registry = Registry(workspace)
    registered = registry.record(
        timeline,
        parameters=facts | {"stage": stage},
        figures=judgement.figures,
        plots=judgement.plots(),
        card=_card(judgement, facts | {"stage": stage}),
        gates={"gate_beats_baselines": str(judgement.is_no_worse).lower()},
    )
    champion = registry.version_of(TASK, CHAMPION) is None and judgement.is_no_worse
    if champion:
        registry.set_alias(TASK, CHAMPION, registered.version)
    return TrainedSentiment(
        registered,
        stage,
        len(written),
        ratings,
        len(judgement.rating),
        judgement.figures,
        judgement.verdict,
        champion,
    )


def fill_sentiment(
    settings: Settings, workspace: Workspace, *, progress: Progress | None = None
) -> Filled | None:
    """Let the champion judge every text that it has not judged yet, so that features see them.

    Returns:
        None where there are no texts, or no champion of sentiment.
    """
    if not has_texts(workspace.tables):
        return None
    registry = Registry(workspace)
    if registry.version_of(TASK, CHAMPION) is None:
        return None
    tell = progress or _silent
    written = read_written(workspace.tables, profiling_permit(settings, workspace))
    folder = registry.fetch(TASK, CHAMPION)
    return fill(
        workspace,
        written,
        Timeline.load(folder),
        folder.name,
        load_report(workspace.tables).fingerprint,
        lambda done, total: tell("sentiment: texts", done, total),
    )


# --- how good it is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SentimentJudgement:
    """Held-out ratings and what was said of them before they were known.

    Attributes:
        rating: 0 negative, 1 neutral, 2 positive, shape (rows,).
        said, lists: by the timeline, and by the word lists as they come.
    """

    rating: Int
    said: Judged
    lists: Judged

    @property
    def figures(self) -> dict[str, float]:
        """Flat figures; those of the word lists under `word_list_`. None where there are too few ratings."""
        if not self._is_enough:
            return {}
        found = {"rows": float(len(self.rating))}
        for prefix, judged in (("", self.said), ("word_list_", self.lists)):
            found |= {f"{prefix}{name}": value for name, value in _figures(self.rating, judged).items()}
        sure = self.said.calibrated
        if sure.sum() >= FEWEST_JUDGED:
            negative, probability = self.rating[sure] == NEGATIVE, self.said.negative[sure]
            found["calibration_error"] = metrics.calibration_error(negative, probability)
            found["calibration_excess"] = metrics.calibration_excess(negative, probability)
        return found

    @property
    def _is_enough(self) -> bool:
        seen = np.bincount(self.rating, minlength=3)
        return bool(min(seen[NEGATIVE], seen[POSITIVE]) >= FEWEST_JUDGED)

    @cached_property
    def is_no_worse(self) -> bool:
        """Whether chance may be all by which the word lists rank better; so it is while there are few ratings."""
        if not self._is_enough:
            return True
        clear = np.flatnonzero(self.rating != NEUTRAL)
        positive, random = self.rating == POSITIVE, np.random.default_rng(0)
        ahead = []
        for _ in range(DRAWS):
            rows = random.choice(clear, len(clear))
            if 0 < positive[rows].sum() < len(rows):
                own, lists = self.said.polarity[rows], self.lists.polarity[rows]
                ahead.append(metrics.auroc(positive[rows], own) - metrics.auroc(positive[rows], lists))
        return bool(np.quantile(ahead, 0.975) >= 0)

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.figures:
            return f"too few ratings to be judged: {len(self.rating)} were held out"
        if not self.is_no_worse:
            return "word lists are better"
        ahead = self.figures["auroc"] - self.figures["word_list_auroc"]
        return "better than word lists" if ahead > MATERIAL_AUROC else "word lists are as good"

    def plots(self) -> dict[str, Figure]:
        """The plots of a run by file name."""
        if not self.figures:
            return {}
        drawn = {
            "confusion.png": plots.confusion_matrix(
                self.rating, self.said.label, POLARITIES, title="Texts as customers rated them, and as read"
            )
        }
        if self.said.calibrated.any():
            drawn["reliability.png"] = plots.reliability_diagram(
                (self.rating == NEGATIVE)[self.said.calibrated],
                self.said.negative[self.said.calibrated],
                event="negative",
            )
        return drawn


def judge(timeline: Timeline, written: Written, seed: int) -> SentimentJudgement:
    """Hold what the judges said against ratings that came later, of customers none of whose ratings they had seen."""
    rows = np.flatnonzero(held_out(timeline, written))
    if len(rows) > MOST_JUDGED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_JUDGED, replace=False))
    mask = np.zeros(len(written), bool)
    mask[rows] = True
    own = written.where(mask)
    lists = Timeline(timeline.judges[:1])
    return SentimentJudgement(
        own.rating, timeline.judge(own.text, own.known), lists.judge(own.text, own.known)
    )


def held_out(timeline: Timeline, written: Written) -> Mask:
    """Rated texts judged by one who had learnt from ratings, but from none of the text's customer. Shape (texts,)."""
    since = np.array([judge.since for judge in timeline.judges])
    begin = since[np.searchsorted(since, written.known, side="right") - 1]
    first: dict[Any, int] = {}
    rated = written.rating != UNRATED
    for row in np.flatnonzero(rated):
        at = int(max(written.rated[row], written.known[row]))
        customer = written.customer[row]
        if customer is not None:
            first[customer] = min(at, first.get(customer, at))
    heard = np.array(
        [first.get(customer, begin[row]) for row, customer in enumerate(written.customer)], np.int64
    )
    learnt = begin > since[0]
    found: Mask = rated & learnt & (heard >= begin)
    return found


def _figures(rating: Int, said: Judged) -> dict[str, float]:
    clear = rating != NEUTRAL
    return {
        "auroc": metrics.auroc(rating[clear] == POSITIVE, said.polarity[clear]),
        "macro_f1": metrics.macro_f1(rating, said.label),
    }


def _card(judgement: SentimentJudgement, facts: dict[str, Any]) -> str:
    figures = judgement.figures
    lines = [f"| {name} | {value:.4f} |" for name, value in figures.items()]
    table = "\n".join(["| figure | value |", "|---|---|", *lines]) if lines else ""
    settings = "\n".join(f"- {key}: {value}" for key, value in facts.items())
    return (
        f"# {TASK}\n\n{judgement.verdict[0].upper()}{judgement.verdict[1:]}.\n\nEvery text is judged by a model "
        f"fitted before it was known; figures are on texts of customers whose ratings it had never seen.\n\n{table}"
        f"\n\n## Settings\n\n{settings}\n"
    )


def _silent(step: str, done: int, total: int) -> None:
    """Nobody asked."""
