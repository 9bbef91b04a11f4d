from datetime import UTC, datetime, timedelta

import pytest

from models.recommender import Recommender
from tests.shop import make_shop, validated
from training.recommendation_job import (
    HISTORY_DAYS,
    HORIZON_DAYS,
    recommendation_cutoffs,
    train_recommendation,
)
from training.registry import Registry

FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def test_no_label_window_reaches_into_the_next_and_all_have_history():
    train, test = recommendation_cutoffs(FIRST, FIRST + timedelta(days=400))
    horizon = timedelta(days=HORIZON_DAYS)
    assert test + horizon == FIRST + timedelta(days=400)
    assert all(later - sooner == horizon for sooner, later in zip(train, (*train[1:], test), strict=True))
    assert train[0] - FIRST >= timedelta(days=HISTORY_DAYS)


def test_too_short_a_history_says_how_much_is_needed():
    with pytest.raises(ValueError, match="140 days of history, there are 100"):
        recommendation_cutoffs(FIRST, FIRST + timedelta(days=100))


@pytest.mark.slow
def test_a_recommender_is_registered_with_its_baselines_and_read_again(tmp_path):
    settings, workspace = validated(make_shop(tmp_path / "shop"))
    trained = train_recommendation(settings, workspace)
    registry = Registry(workspace)
    [version] = registry.versions("recommendation")
    assert version.figures["personal_all_ndcg10"] == trained.judgement.figures["personal_all_ndcg10"]
    read = Recommender.load(registry.fetch("recommendation", "challenger"))
    assert read.booster_text == trained.model.booster_text
    assert read.version == trained.registered.version == "1"
    assert trained.to_json()["alias"] in ("champion", "challenger")
