import sys
from io import BytesIO

import numpy as np
import pytest

from training.plots import confusion_matrix, feature_importance, gains_chart, reliability_diagram

GENERATOR = np.random.default_rng(0)
P = GENERATOR.beta(1, 4, 600)
Y = (GENERATOR.random(600) < P).astype(int)
LABELS = ("value", "price", "reward")

FIGURES = {
    "reliability": lambda: reliability_diagram(Y, P),
    "gains": lambda: gains_chart(Y, {"model": P, "recency": GENERATOR.random(600)}),
    "confusion": lambda: confusion_matrix([0, 1, 2, 2], [0, 1, 1, 2], LABELS),
    "importance": lambda: feature_importance(["days since last order", "order days"], [3.0, 1.0]),
}


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_renders_with_a_title_and_labelled_axes(name):
    figure, picture = FIGURES[name](), BytesIO()
    figure.savefig(picture, format="png")
    assert picture.getvalue().startswith(b"\x89PNG")
    assert figure.get_suptitle() or figure.axes[0].get_title()
    assert any(axes.get_xlabel() for axes in figure.axes)


def test_figures_leave_no_global_state_behind():
    for make in FIGURES.values():
        make()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_the_histogram_under_the_reliability_diagram_shows_every_row():
    lower = reliability_diagram(Y, P).axes[1]
    assert sum(bar.get_height() for bar in lower.patches) == len(P)


def test_a_constant_probability_is_one_point():
    upper = reliability_diagram([0, 1, 0, 1], [0.5] * 4).axes[0]
    assert upper.containers[0].lines[0].get_xydata().tolist() == [[0.5, 0.5]]


def test_gains_end_with_everybody_reached_and_a_perfect_ranking_comes_first():
    gains = gains_chart(Y, {"truth": Y, "model": P}).axes[0]
    truth, model = (line.get_ydata() for line in gains.lines[:2])
    assert truth[-1] == model[-1] == 1.0
    assert (truth >= model - 1e-12).all()


def test_gains_of_equal_scores_are_chance():
    line = gains_chart(Y, {"constant": np.ones(600)}).axes[0].lines[0]
    assert line.get_ydata() == pytest.approx(line.get_xdata())


def test_the_confusion_matrix_shows_shares_of_the_true_class_with_counts():
    axes = confusion_matrix([0, 0, 0, 1], [0, 0, 1, 1], LABELS).axes[0]
    assert texts(axes)[:2] == ["67%\n2", "33%\n1"]
    assert texts(axes)[6:] == ["-", "-", "-"]  # no row is truly "reward"


def test_importance_shows_the_greatest_first_and_says_how_many_there_are():
    axes = feature_importance([f"f{i}" for i in range(30)], np.arange(30.0), top=20).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["f29", "f28"]
    assert axes.get_title().endswith("(top 20 of 30)")


@pytest.mark.parametrize(
    ("importance", "message"), [([1.0], "2 names and importances of shape"), ([1.0, -1.0], "negative or NaN")]
)
def test_importances_that_cannot_be_drawn_are_refused(importance, message):
    with pytest.raises(ValueError, match=message):
        feature_importance(["a", "b"], importance)


def test_a_gains_chart_needs_scores_and_a_confusion_matrix_pairs():
    with pytest.raises(ValueError, match="there are no scores to draw"):
        gains_chart(Y, {})
    with pytest.raises(ValueError, match="2 outcomes and 1 predictions"):
        confusion_matrix([0, 1], [0], LABELS)
