import re
from dataclasses import replace

import numpy as np
import pytest

from features.settings import ReportSettings
from tests.training.readiness.test_page import read
from training.report.evidence import gather
from training.report.page import page
from training.slices import LEAST_ROWS

SECTIONS = (
    "The model beside the rules",
    "Are the probabilities true?",
    "How many leavers are reached?",
    "How much better than chance?",
    "What does contacting them earn?",
    "At every past cutoff",
    "By group of customers",
    "Are groups treated alike at 10% capacity?",
    "What the model looks at",
    "Data and training",
)


@pytest.fixture(scope="module")
def shown(evidence, shop):
    return page(evidence, shop.settings)


def test_the_page_is_well_formed_and_begins_with_the_verdict(shown, evidence):
    texts = [text.strip() for text in read(shown).texts]
    verdict = evidence.judgement.verdict.replace("_", " ")
    assert f"{verdict[0].upper()}{verdict[1:]}." in texts
    assert shown.startswith("<!doctype html>")


def test_the_page_needs_nothing_but_itself(shown):
    tags = read(shown)
    assert not tags.seen & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"https?://|url\(|@import", shown)


def test_every_part_of_the_evidence_has_its_section(shown):
    texts = [text.strip() for text in read(shown).texts]
    assert [title for title in texts if title in SECTIONS] == list(SECTIONS)


def test_the_model_and_every_baseline_have_a_row_with_intervals(shown, evidence):
    for name, by_figure in evidence.intervals.items():
        bounds = by_figure["auroc"]
        assert f"<td>{name.replace('_', ' ')}</td>" in shown
        assert f"{bounds.estimate:.3f} <span" in shown
        assert f"[{bounds.low:.3f}, {bounds.high:.3f}]" in shown


def test_no_customer_is_on_the_page(shown, evidence):
    assert not any(re.search(rf"\b{name}\b", shown) for name in evidence.judgement.customer_ids)
    assert all(one.rows >= LEAST_ROWS for groups in evidence.slices.values() for one in groups)


def test_names_of_groups_are_escaped(shown):
    assert "below &lt;90&gt; days" in shown
    assert "below <90>" not in shown


def test_assumptions_about_money_are_said_and_a_stand_in_is_named(shown, evidence, shop):
    assert "turnover for want of [report] value_saved" in shown
    settings = shop.settings.model_copy(update={"report": ReportSettings(value_saved=60)})
    known = replace(evidence.economics, value_saved=60.0, is_turnover=False)
    told = page(replace(evidence, economics=known), settings)
    assert "each worth 60.00 EUR;" in told


def test_without_a_backtest_its_section_is_left_out(evidence, shop):
    assert "At every past cutoff" not in page(replace(evidence, backtest=None), shop.settings)


def test_a_task_of_several_labels_shows_what_is_taken_for_what(type_evidence, shop):
    shown = page(type_evidence, shop.settings)
    assert "What is taken for what?" in shown
    assert "macro AUROC" in shown
    assert "What does contacting them earn?" not in shown
    read(shown)


def test_a_loyalty_type_of_two_labels_has_no_leavers(type_evidence, shop):
    """Tables that show no mechanism leave value and occasional."""
    several = type_evidence.judgement
    occasional = several.labels.index("occasional")
    p = several.probability[:, occasional]
    two = replace(
        several,
        labels=("value", "occasional"),
        outcome=(several.outcome == occasional).astype(np.int64),
        probability=np.stack([1 - p, p], axis=1),
        baselines={"persistence": np.full((len(p), 2), 0.5)},
    )
    segments = {"tenure": np.where(np.arange(len(p)) % 2 == 0, "a", "b").astype(object)}
    found = gather(type_evidence.model, two, segments, shop.settings, facts={})
    assert found.fairness == {}
    shown = page(found, shop.settings)
    assert "What is taken for what?" in shown
    assert "leavers" not in shown.split("How to read this")[0]
