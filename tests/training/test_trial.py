"""A trial in a table: the effect is found, rows are judged by others, and what is missing is named."""

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from models.verdicts import DO_NOT_DISTURB, UNDECIDED
from training.trial import judge_trial, read_trial, read_trial_file

FILE = """
name = "mail"
table = "trial.csv"
id = "who"
treatment = "segment"
treated = "mail"
control = "none"
outcome = "visit"
leave_out = ["spend"]
"""


@pytest.fixture
def trial_file(tmp_path):
    """A mail that wins the young, and drives the others away; a third arm has nothing to do with it."""

    def write(text=FILE, count=4_000):
        random = np.random.default_rng(1)
        segment = random.choice(["mail", "none", "other"], count)
        young, age = random.random(count) < 0.5, random.uniform(0, 1, count)
        change = np.where(segment == "mail", np.where(young, 0.3, -0.15), 0)
        visit = (random.random(count) < 0.3 + change).astype(int)
        columns = {
            "who": [f"c{number}" for number in range(count)],
            "segment": segment,
            "kind": np.where(young, "young", "old"),
            "age": [None if number % 9 == 0 else value for number, value in enumerate(age.tolist())],
            "visit": visit,
            "spend": visit * 10.0,
        }
        csv.write_csv(pa.table(columns), tmp_path / "trial.csv")
        file = tmp_path / "trial.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def test_whom_the_action_persuades_and_whom_it_disturbs_is_told(trial_file):
    trial, ids = read_trial(read_trial_file(trial_file()))
    assert 0 < len(ids) < 3_000  # the third arm is left out
    found = judge_trial(trial, ids)
    assert found.effect.low < 0.075 < found.effect.high
    assert found.qini.low > 0
    change = found.probability[:, 1] - found.probability[:, 0]
    assert change[found.verdict == DO_NOT_DISTURB].max() < 0
    assert (found.verdict != UNDECIDED).mean() > 0.8
    assert ((found.low <= change) & (change <= found.high)).all()
    document = found.to_json()
    assert sum(document["verdicts"].values()) == document["rows"] == len(ids)
    table = found.table()
    assert table["uplift"].to_pylist() == sorted(table["uplift"].to_pylist(), reverse=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ('treated = "letter"', "has segment = 'letter'"),
        ('outcome = "sale"', "has no column 'sale'; it has: who, segment"),
        ('positive = "7"', "rows have visit = '7'; nothing differs"),
        ('table = "gone.csv"', "no table"),
        ("treated = 1", "treated"),
        ("colour = 1", "colour"),
    ],
)
def test_what_is_wrong_with_a_trial_is_named(trial_file, changed, said):
    key = changed.split(" = ", maxsplit=1)[0]
    lines = [line for line in FILE.strip().splitlines() if not line.startswith(f"{key} =")]
    file = trial_file("\n".join([*lines, changed]), count=200)
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        read_trial(read_trial_file(file))


def test_a_trial_with_too_few_outcomes_says_how_many_are_needed(trial_file):
    with pytest.raises(ValueError, match="40 with and without it are needed"):
        read_trial(read_trial_file(trial_file(count=200)))
