from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from training.card import draw_plots, write_card

SETTINGS = {"horizon_days": 28, "seed": 7, "accepted_score": "the panel is made up"}


@pytest.fixture(scope="module")
def card(trained):
    return write_card(trained.first.model, trained.first.judgement, SETTINGS)


def test_a_card_opens_with_the_task_and_what_the_model_is_worth(trained, card):
    verdict = trained.first.judgement.verdict
    assert card.splitlines()[:3] == ["# churn", "", f"{verdict[0].upper()}{verdict[1:]}."]


def test_a_card_says_that_a_rule_is_as_good_where_one_is(trained):
    judgement = trained.first.judgement
    lame = replace(judgement, probability=judgement.baselines["recency"])
    assert "baseline is as good: AUROC" in write_card(trained.first.model, lame, {}).splitlines()[2]


def test_a_card_has_a_line_of_figures_for_the_model_and_each_baseline(trained, card):
    figures = trained.first.judgement.figures
    for name in trained.first.judgement.baselines:
        assert f"| {name} | {figures[f'{name}_auroc']:.3f} |" in card
    assert f"| model | {figures['auroc']:.3f} | {figures['average_precision']:.3f} |" in card


def test_a_card_of_the_loyalty_type_shows_the_figures_of_several_labels(trained):
    card = write_card(trained.types.model, trained.types.judgement, {})
    assert "| | macro_auroc | log_loss | macro_f1 |" in card
    assert all(f"| {name} | " in card for name in ("model", "persistence", "transition"))


def test_a_card_says_how_many_rows_were_judged_and_how_they_were_held_out(trained, card):
    rows = len(trained.first.judgement.outcome)
    assert f"Judged on {rows:,} rows (7 training cutoffs, tested on later ones)." in card


def test_a_card_names_every_setting_of_the_run(card):
    assert all(f"- {name}: {value}" in card.splitlines() for name, value in SETTINGS.items())


def test_a_card_names_no_customer(trained, card):
    assert not [name for name in trained.first.judgement.customer_ids if name in card]


IMPORTANCE = {"recency": 0.4, "rhythm": 0.1}


def test_churn_is_drawn_as_reliability_lift_confusion_and_importance(trained):
    drawn = draw_plots(trained.first.judgement, IMPORTANCE)
    assert set(drawn) == {"reliability.png", "lift.png", "confusion.png", "importance.png"}
    assert all(isinstance(figure, Figure) for figure in drawn.values())


def test_the_loyalty_type_is_drawn_with_a_reliability_for_each_label(trained):
    drawn = draw_plots(trained.types.judgement, IMPORTANCE)
    reliability = {f"reliability_{label}.png" for label in trained.types.model.labels}
    assert set(drawn) == reliability | {"confusion.png", "importance.png"}
