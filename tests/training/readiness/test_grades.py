import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.readiness.grades import (
    GRADES,
    MEANINGS,
    TaskReadiness,
    grade_task,
    not_possible,
    require,
    shortfall,
    worst,
)

TASK = TaskReadiness("churn", "good", ())


def needs(found, usable=40, good=140, **changes):
    return require(
        "churners",
        "churners",
        found,
        (usable, good),
        unit="churners",
        lift="bring some",
        source="",
        **changes,
    )


@pytest.mark.parametrize(("found", "grade"), [(39, "weak"), (40, "usable"), (139, "usable"), (140, "good")])
def test_the_grade_is_that_of_the_greatest_number_reached(found, grade):
    assert needs(found).grade == grade


def test_what_is_short_is_said_with_what_would_lift_it():
    one = needs(37)
    assert shortfall(one) == "churners: 37 of 40 needed"
    assert one.lift == "3 more to be usable; bring some"
    assert needs(40).lift == "100 more to be good; bring some"
    assert needs(140).lift == ""


def test_a_fraction_is_never_said_to_be_enough():
    one = needs(39.9)
    assert one.grade == "weak"
    assert shortfall(one) == "churners: 39 of 40 needed"


@given(st.lists(st.sampled_from(GRADES)))
def test_the_worst_of_grades_is_none_better_than_any(grades):
    assert all(GRADES.index(worst(grades)) >= GRADES.index(one) for one in grades)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=4), st.lists(st.sampled_from(GRADES), max_size=3))
def test_a_task_is_as_good_as_its_worst_requirement_and_cap(found, caps):
    task = TaskReadiness("churn", "good", (), requirements=tuple(needs(one) for one in found))
    graded = grade_task(task, [(cap, "what", "mend") for cap in caps])
    assert graded.grade == worst([*(needs(one).grade for one in found), *caps])
    assert len(graded.why) == max(len(graded.lifts), 1)


def test_reasons_come_worst_first():
    graded = grade_task(TASK, [("usable", "a", "mend a"), ("weak", "b", "mend b")])
    assert (graded.why, graded.lifts) == (("b", "a"), ("mend b", "mend a"))


def test_a_good_task_says_so():
    assert grade_task(TASK, []).why == ("every requirement is met",)


def test_a_task_that_is_not_possible_keeps_the_sentence_of_training():
    task = not_possible("churn", "a horizon of 7 days needs 14", horizon_days=7)
    assert (task.grade, task.why, task.horizon_days) == ("not possible", ("a horizon of 7 days needs 14",), 7)


def test_every_grade_has_a_meaning():
    assert tuple(MEANINGS) == GRADES
