"""docs/readiness.md says what the report says: every key, finding, requirement and grade."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from training.readiness.assess import CAPS
from training.readiness.gaps import Gap
from training.readiness.grades import MEANINGS
from training.readiness.levels import LevelChange
from training.readiness.slips import Slip

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "readiness.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", PAGE))
FREE = {"labels", "rule", "orders_per_customer", "counts", "learned", "filled", "left_out", "by_driver"}
"""Objects whose keys are labels, columns or features."""


def keys(value):
    """Names of a JSON document, those of free objects left out."""
    if isinstance(value, list):
        return {name for one in value for name in keys(one)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for key, one in value.items() if key not in FREE for name in keys(one)}


def test_every_key_of_the_json_is_explained(readiness):
    assert keys(readiness.to_json()) - WORDS == set()


def test_keys_of_what_this_shop_does_not_have_are_explained_too():
    assert {field.name for kind in (Gap, LevelChange, Slip) for field in fields(kind)} <= WORDS


def test_no_key_is_explained_that_is_not_there(readiness):
    section = PAGE[PAGE.index("## The JSON") : PAGE.index("## Sources")]
    first = {
        name for row in re.findall(r"(?m)^\| (`.*?) \|", section) for name in re.findall(r"`(\w+)`", row)
    }
    assert first <= keys(readiness.to_json())


def test_every_requirement_is_explained(readiness):
    assert {one.name for task in readiness.tasks.values() for one in task.requirements} <= WORDS


def test_every_grade_is_explained_as_on_the_page():
    for grade, meaning in MEANINGS.items():
        assert re.search(rf"(?m)^\| `{grade}` \| {re.escape(meaning)}", PAGE)


@pytest.mark.parametrize("name", CAPS)
def test_every_cap_stands_beside_its_finding(name):
    (row,) = re.findall(rf"(?m)^\| `{name}` \|.*\| (.*) \|$", PAGE)
    grades = CAPS[name]
    if len(set(grades.values())) == 1 and len(grades) == 2:
        assert row == grades["churn"]
    else:
        for task, grade in grades.items():
            assert f"{task.replace('_type', ' types')} {grade}" in row


FINDING = re.compile(r'(?:Finding\(|_finding\(|name = )\s*"(\w+)"(?: if .*? else "(\w+)")?')


def test_every_finding_that_the_code_can_make_is_explained():
    files = (ROOT / "training" / "readiness").glob("*.py")
    source = "".join(file.read_text("utf-8") for file in files)
    named = {name for names in FINDING.findall(source) for name in names if name}
    assert named >= set(CAPS)
    assert named <= WORDS
