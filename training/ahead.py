"""What a churn model knows besides its probability: how sure it is, and orders within other horizons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import Feeder
from features.settings import Settings
from models.artifact import Model
from models.horizons import HORIZONS_DAYS
from models.season import Season
from training.cutoffs import CutoffPlan
from training.evaluation import Judgement
from training.fit import with_spread
from training.rows import TrainingRows
from training.seasons import season_of_churn
from training.tasks import Churn
from training.within import days_to_next_order, figures_within, fit_within


@dataclass(frozen=True)
class Ahead:
    """What was read from the tables for it.

    Attributes:
        days: from each row's cutoff to the next order, (rows,).
        seasons: the season of churn for each horizon in days, where one is known.
        as_of: outcomes are known up to here.
    """

    task: Churn
    days: npt.NDArray[np.float64]
    seasons: Mapping[int, Season | None]
    as_of: datetime

    @classmethod
    def read(
        cls,
        task: Churn,
        feeder: Feeder,
        rows: TrainingRows,
        plan: CutoffPlan,
        first: datetime,
        as_of: datetime,
    ) -> Ahead:
        """Read it while the tables are open.

        Args:
            first: the first order.
        """
        seasons: dict[int, Season | None] = {}
        if not plan.by_customer:
            seasons = {days: season_of_churn(feeder, first, plan.test[0], days) for days in HORIZONS_DAYS}
        return cls(task, days_to_next_order(feeder, rows), seasons, as_of)

    def complete(
        self,
        model: Model,
        judgement: Judgement,
        rows: TrainingRows,
        plan: CutoffPlan,
        settings: Settings,
        progress: Callable[[int], None] | None = None,
    ) -> tuple[Model, Judgement]:
        """The model with spread and other horizons, and their figures on the test cutoff.

        Args:
            rows: those of the plan, training and test.
        """
        chances = {"seed": settings.training.seed, "threads": settings.training.threads}
        train = rows.mask_at(plan.train)
        model = with_spread(model, self.task, rows.where(train), **chances)
        within = fit_within(
            self.task,
            rows.where(train),
            self.days[train],
            plan.test[0] if plan.test else self.as_of,
            seasons=self.seasons.get,
            chosen=model.metadata["chosen_parameters"],
            progress=progress,
            **chances,
        )
        model = replace(model, within=within)
        if plan.by_customer:
            return model, judgement
        test = rows.mask_at(plan.test)
        figures = figures_within(
            model, rows.where(test), self.days[test], judgement.probability[:, -1], self.as_of
        )
        return model, replace(judgement, further=judgement.further | figures)
