import mlflow
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from mlflow import pyfunc

from features.catalogue import available
from features.feeders.embedded import open_feeder
from features.sentiment.timeline import Timeline
from features.sentiment.written import UNRATED, read_written
from features.settings import SentimentSettings
from tests.features.sentiment.voices import voices, write_feedback
from training.registry import CHALLENGER, CHAMPION, Registry
from training.sentiment import fill_sentiment, held_out, judge, train_sentiment


def write_and_train(copy_workspace, shop, rows):
    workspace = copy_workspace()
    write_feedback(workspace.tables, rows)
    return workspace, train_sentiment(shop.settings, workspace)


@pytest.fixture(scope="module")
def spoken(copy_workspace, shop):
    """A shop whose customers rate what they write; a tenth of the ratings contradict the text."""
    return write_and_train(copy_workspace, shop, voices(1200, flip=0.1))


def test_the_model_learns_from_ratings_and_becomes_champion(spoken):
    workspace, trained = spoken
    assert trained.champion
    assert trained.figures["auroc"] > trained.figures["word_list_auroc"] - 0.02
    assert trained.figures["macro_f1"] > 0.5
    assert trained.figures["calibration_excess"] < 0.05
    assert Registry(workspace).version_of("sentiment", CHAMPION) == trained.registered.version


def test_figures_are_on_customers_whose_ratings_no_judge_had_seen(spoken):
    workspace, _ = spoken
    timeline = Timeline.load(Registry(workspace).fetch("sentiment"))
    written = read_written(workspace.tables)
    rows = np.flatnonzero(held_out(timeline, written))
    since = np.array([one.since for one in timeline.judges])
    assert len(rows)
    for row in rows:
        begin = since[np.searchsorted(since, written.known[row], side="right") - 1]
        heard = (written.customer == written.customer[row]) & (written.rated < begin)
        assert not (heard & (written.rating != UNRATED)).any()
    assert len(judge(timeline, written, 1).rating) == len(rows)


def test_features_read_polarity_once_there_is_a_champion(spoken, shop):
    workspace, _ = spoken
    fill_sentiment(shop.settings, workspace)
    with open_feeder(shop.settings, workspace) as feeder:
        names = {feature.name for feature in available(feeder.present)}
    assert {"last_polarity", "unhappy_about_delivery_count_365d"} <= names
    again = fill_sentiment(shop.settings, workspace)
    assert again is not None
    assert again.judged == 0


def test_without_a_champion_nothing_is_filled_in(copy_workspace, shop):
    workspace = copy_workspace()
    assert fill_sentiment(shop.settings, workspace) is None
    write_feedback(workspace.tables, voices(5))
    assert fill_sentiment(shop.settings, workspace) is None
    with open_feeder(shop.settings, workspace) as feeder:
        assert "feedback.polarity" not in feeder.present


def test_without_ratings_it_is_said_that_nobody_can_judge(copy_workspace, shop):
    _, trained = write_and_train(copy_workspace, shop, voices(300, rated=0))
    assert trained.figures == {}
    assert "too few ratings" in trained.verdict
    assert trained.champion


def test_without_texts_it_is_said_what_to_bring(copy_workspace, shop):
    with pytest.raises(ValueError, match="bring feedback or interactions"):
        train_sentiment(shop.settings, copy_workspace())


def test_a_second_training_is_a_challenger(spoken, shop):
    workspace, first = spoken
    second = train_sentiment(shop.settings, workspace)
    assert not second.champion
    registry = Registry(workspace)
    assert registry.version_of("sentiment", CHALLENGER) == second.registered.version
    assert registry.version_of("sentiment", CHAMPION) == first.registered.version
    assert second.figures == first.figures


def test_mlflow_serves_the_latest_judge(spoken):
    workspace, trained = spoken
    registry = Registry(workspace)
    mlflow.set_tracking_uri(registry.uri)
    served = pyfunc.load_model(f"models:/regulars-sentiment/{trained.registered.version}")
    said = served.predict(pd.DataFrame({"text": ["I love it, perfect", "awful, broken, refund"]}))
    assert said["polarity"].iloc[0] > said["polarity"].iloc[1]
    assert said["negative_probability"].between(0, 1).all()


def test_no_text_goes_into_the_run(spoken):
    workspace, _ = spoken
    texts = set(read_written(workspace.tables).text)
    for file in workspace.mlflow.rglob("*"):
        if file.suffix in {".json", ".md", ".txt", ".toml"}:
            content = file.read_text(encoding="utf-8")
            assert not any(text in content for text in texts), file


def test_words_of_the_retailers_own_tell_an_aspect(copy_workspace, shop, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "en.toml").write_text('delivery = "zorgbox"\n', "utf-8")
    settings = shop.settings.model_copy(
        update={"root": tmp_path, "sentiment": SentimentSettings(aspects="lists")}
    )
    workspace = copy_workspace()
    rows = voices(60)
    rows[0]["text"] = "I am unhappy with the zorgbox"
    write_feedback(workspace.tables, rows)
    train_sentiment(settings, workspace)
    fill_sentiment(settings, workspace)
    file = workspace.sentiment / "tables" / "feedback.parquet"
    assert pq.read_table(file)["aspects"][0].as_py() == "delivery"


def test_a_folder_of_lists_that_is_not_there_is_named(copy_workspace, shop):
    settings = shop.settings.model_copy(update={"sentiment": SentimentSettings(aspects="nowhere")})
    workspace = copy_workspace()
    write_feedback(workspace.tables, voices(3))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        train_sentiment(settings, workspace)
