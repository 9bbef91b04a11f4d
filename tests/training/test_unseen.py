from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from training.job import silent
from training.unseen import FOLDED, NothingUnseen, labels_end, predicted, shared_labels, unseen

pytestmark = pytest.mark.slow


def _with_labels_until(model, end):
    last = (end - timedelta(days=model.horizon_days)).isoformat()
    return replace(model, metadata=model.metadata | {"last_cutoff": last})


def test_every_cutoff_lies_after_the_labels_of_every_model(trained, shop):
    model = trained.first.model
    older = _with_labels_until(model, labels_end(model) - timedelta(days=20))
    found = unseen((older, model), shop.settings, trained.workspace, silent)
    cutoffs = np.unique(found.rows.matrix.cutoffs)
    assert cutoffs.min() >= np.datetime64(labels_end(model).replace(tzinfo=None))
    assert cutoffs.max() == np.datetime64((shop.as_of - timedelta(days=28)).replace(tzinfo=None))
    assert all(len(groups) == len(found) for groups in found.segments.values())


def test_of_an_older_model_more_cutoffs_are_new_and_only_so_many_are_taken(trained, shop):
    older = _with_labels_until(trained.first.model, shop.as_of - timedelta(days=200))
    found = unseen((older,), shop.settings, trained.workspace, silent, most_cutoffs=2)
    assert len(np.unique(found.rows.matrix.cutoffs)) == 2


def test_while_there_is_none_it_says_when_the_first_will_be(trained, shop):
    newer = _with_labels_until(trained.first.model, shop.as_of + timedelta(days=5))
    assert unseen((newer,), shop.settings, trained.workspace, silent) == NothingUnseen(33)


def test_types_that_only_one_model_tells_apart_are_folded(trained, type_rows):
    model = trained.types.model
    lost = next(name for name in model.labels if name not in (FOLDED, "occasional"))
    fewer = tuple(name for name in model.labels if name != lost)
    assert shared_labels((model, replace(model, labels=fewer))) == fewer
    rows = type_rows.at([datetime.fromisoformat(model.metadata["last_cutoff"])])
    whole, folded = predicted(model, rows, model.labels), predicted(model, rows, fewer)
    np.testing.assert_allclose(folded.sum(axis=1), 1)
    both = whole[:, model.labels.index(FOLDED)] + whole[:, model.labels.index(lost)]
    np.testing.assert_allclose(folded[:, fewer.index(FOLDED)], both)
