import pytest

from tests.training.readiness.test_grades import needs
from training.readiness.cards import SYMBOLS, badge, card, meter
from training.readiness.grades import GRADES, TaskReadiness, grade_task, not_possible


def test_a_grade_is_told_by_word_and_symbol_and_not_by_colour_alone():
    for grade in GRADES:
        assert f"{SYMBOLS[grade]} {grade}" in badge(grade)


def test_a_card_holds_grade_definition_numbers_and_what_would_lift_it(readiness):
    shown = card(readiness.tasks["churn"])
    assert "customers with an order in the last 60 days" in shown
    assert "who places none in the 28 days after?" in shown
    assert "What would lift it" in shown
    assert "more to be " in shown


def test_a_task_that_is_not_possible_says_why_not():
    shown = card(not_possible("churn", "no customer <b>twice</b>"))
    assert "Why not" in shown
    assert "No customer &lt;b&gt;twice&lt;/b&gt;." in shown


def test_a_good_task_says_what_that_means():
    assert "What this means" in card(grade_task(TaskReadiness("churn", "good", ()), []))


@pytest.mark.parametrize("found", [0, 37, 40, 139, 140, 10_000])
def test_a_meter_is_never_longer_than_its_track(found):
    width = float(meter(needs(found)).split("width:")[1].split("%")[0])
    assert 0 <= width <= 100
    assert (width == 100) == (found >= 140)


def test_more_reasons_than_fit_are_counted():
    caps = [("weak", f"reason {number}", "mend it") for number in range(7)]
    shown = card(grade_task(TaskReadiness("churn", "good", ()), caps))
    assert shown.count("<li>") == 5
    assert "And 3 more, see the findings." in shown
