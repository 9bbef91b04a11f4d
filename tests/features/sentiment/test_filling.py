import pyarrow.parquet as pq
import pytest

from features.sentiment.filling import fill
from features.sentiment.tables import filled_tables, has_texts
from features.sentiment.timeline import Timeline
from features.sentiment.written import read_written
from features.workspace import Workspace
from tests.features.sentiment.voices import voices, write_feedback

SECRET = "reach me at ana@example.org"


@pytest.fixture
def workspace(tmp_path):
    rows = voices(60)
    rows[0]["text"] = SECRET
    rows[1]["text"] = None
    workspace = Workspace(tmp_path)
    write_feedback(workspace.tables, rows)
    return workspace


def filled(workspace, timeline=None, fingerprint="one", model="model"):
    written = read_written(workspace.tables)
    return fill(
        workspace, written, timeline or Timeline.fit(read_written(workspace.root)), model, fingerprint
    )


def feedback(workspace):
    return pq.read_table(filled_tables(workspace, "one")["feedback"])


def test_every_text_gets_a_polarity_and_what_is_no_text_gets_none(workspace):
    assert filled(workspace).judged == 59
    table = feedback(workspace)
    polarity = table["polarity"].to_pylist()
    assert polarity[1] is None
    assert all(-1 <= value <= 1 for value in polarity[2:])
    assert table.drop_columns(["polarity", "aspects"]).equals(
        pq.read_table(workspace.tables / "feedback.parquet")
    )


def test_a_text_is_judged_once_by_each_model_and_again_when_it_was_corrected(workspace):
    filled(workspace)
    assert filled(workspace).judged == 0
    rows = pq.read_table(workspace.tables / "feedback.parquet").to_pylist()
    rows[5]["text"] = "awful and broken, terrible"
    write_feedback(workspace.tables, rows)
    assert filled(workspace).judged == 1
    assert feedback(workspace)["polarity"][5].as_py() < 0
    assert filled(workspace, model="another").judged == 59


def test_what_is_gone_from_the_tables_is_forgotten(workspace):
    filled(workspace)
    rows = pq.read_table(workspace.tables / "feedback.parquet").to_pylist()
    write_feedback(workspace.tables, rows[10:])
    assert filled(workspace, fingerprint="two").judged == 0
    [judged] = workspace.sentiment.glob("judged-*.parquet")
    assert set(pq.read_table(judged)["key"].to_pylist()) == {row["feedback_id"] for row in rows[10:]}
    filled(workspace, model="another", fingerprint="two")
    assert [file.name for file in workspace.sentiment.glob("judged-*")] == ["judged-another.parquet"]


def test_tables_are_left_alone_as_long_as_nothing_has_changed(workspace):
    filled(workspace)
    file = filled_tables(workspace, "one")["feedback"]
    before = file.stat().st_ino, file.stat().st_mtime_ns
    filled(workspace)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before
    filled(workspace, fingerprint="two")
    assert filled_tables(workspace, "one") == {}
    assert filled_tables(workspace, "two")["feedback"].is_file()


def test_what_the_retailer_judged_stays(workspace):
    table = pq.read_table(workspace.tables / "feedback.parquet")
    own = [0.25] + [None] * (len(table) - 1)
    pq.write_table(table.append_column("polarity", [own]), workspace.tables / "feedback.parquet")
    filled(workspace)
    found = feedback(workspace)["polarity"].to_pylist()
    assert found[0] == 0.25
    assert found[2] is not None


def test_no_text_is_kept_beside_the_tables(workspace):
    filled(workspace)
    [judged] = workspace.sentiment.glob("judged-*.parquet")
    assert SECRET not in str(pq.read_table(judged).to_pylist())


def test_tables_of_another_validation_are_not_read(workspace):
    filled(workspace)
    assert filled_tables(workspace, "another") == {}
    assert filled_tables(Workspace(workspace.root / "nowhere"), "one") == {}


def test_texts_are_there_where_a_table_has_the_column(workspace, tmp_path):
    assert has_texts(workspace.tables)
    assert not has_texts(tmp_path)
