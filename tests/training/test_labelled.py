import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from features.settings import Settings
from features.workspace import Workspace
from models.artifact import Model
from models.columns import encoded
from training.labelled import judge_labelled, read_labelled, read_task_file, train_labelled
from training.registry import CHAMPION, Registry

TASK = """
name = "subscribers"
table = "subscribers.csv"
id = "number"
label = "left"
positive = "yes"
leave_out = ["farewell"]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A table of 1,500 subscribers: months and contract decide; the farewell gift knows the outcome."""
    folder = tmp_path_factory.mktemp("labelled")
    random = np.random.default_rng(1)
    months, contract = random.integers(1, 60, 1500), random.choice(["monthly", "yearly", "two years"], 1500)
    odds = 1.5 - 0.06 * months - 1.2 * (contract == "yearly") - 2.0 * (contract == "two years")
    left = random.random(1500) < 1 / (1 + np.exp(-odds))
    columns = {
        "number": [f"s{row}" for row in range(1500)],
        "months": months,
        "contract": contract,
        "note": [f"free text {row}" for row in range(1500)],
        "farewell": left.astype(int),
        "left": np.where(left, "yes", "no"),
    }
    csv.write_csv(pa.table(columns), folder / "subscribers.csv")
    (folder / "task.toml").write_text(TASK)
    return folder / "task.toml"


@pytest.fixture(scope="module")
def data(file):
    return read_labelled(read_task_file(file))


def test_numbers_and_kinds_are_read_and_names_and_what_is_left_out_are_not(data):
    assert data.features == ("months", "contract=monthly", "contract=two years", "contract=yearly")
    assert data.left_out == ("note",)
    assert data.ids[:2].tolist() == ["s0", "s1"]


@pytest.mark.slow
def test_every_row_is_judged_by_a_model_of_other_rows_beside_a_logistic_regression(data, file):
    judgement = judge_labelled(data, read_task_file(file), seed=7)
    figures = judgement.figures
    assert len(judgement.outcome) == 1500
    assert 0.75 < figures["auroc"] < 0.95
    assert figures["logistic_auroc"] > figures["base_rate_auroc"] == 0.5
    assert figures["calibration_excess"] < 0.02


@pytest.mark.slow
def test_the_registered_model_reads_a_table_of_the_same_columns(file, tmp_path):
    workspace = Workspace(tmp_path / "workspace")
    trained = train_labelled(file, Settings(), workspace)
    registry = Registry(workspace)
    assert (registry.version_of("subscribers", CHAMPION) is not None) == trained.champion
    loaded = Model.load(registry.fetch("subscribers", "challenger"))
    loyal, new = (
        pa.table({"months": [55], "contract": ["two years"]}),
        pa.table({"months": [1], "contract": ["monthly"]}),
    )
    leaving = [float(loaded.predict(encoded(table, loaded.features))[0, 1]) for table in (loyal, new)]
    assert leaving[0] < 0.1 < 0.5 < leaving[1]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ((TASK, "name = "), "is not valid TOML"),
        (('label = "left"\n', ""), "label: Field required"),
        (("positive", "positiv"), "positiv: Extra inputs"),
        (('"subscribers"', '"Subscribers!"'), "name: String should match pattern"),
    ],
)
def test_a_task_file_that_declares_no_task_says_what_is_wrong(tmp_path, change, match):
    (tmp_path / "task.toml").write_text(TASK.replace(*change))
    with pytest.raises(ValueError, match=match):
        read_task_file(tmp_path / "task.toml")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"label": "gone"}, r"has no column 'gone'; it has: number, months"),
        ({"positive": "ja"}, r"0 of 1500 rows have left = 'ja'; found: no, yes"),
    ],
)
def test_a_label_that_is_not_there_is_named_with_what_is(file, change, match):
    with pytest.raises(ValueError, match=match):
        read_labelled(read_task_file(file).model_copy(update=change))


def test_a_table_that_is_not_there_is_named(file, tmp_path):
    task = read_task_file(file).model_copy(update={"table": tmp_path / "none.csv"})
    with pytest.raises(FileNotFoundError, match=r"no table .*none\.csv"):
        read_labelled(task)
