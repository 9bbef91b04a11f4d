from __future__ import annotations

from pathlib import Path

import pytest

from features import settings_documentation
from features.settings import Settings
from features.settings_documentation import MEANINGS, setting_names, settings_markdown

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_committed_page_is_what_the_settings_generate():
    assert PAGE.read_text("utf-8") == settings_markdown(), (
        "write it anew: see CONTRIBUTING.md, Generated pages"
    )


def test_meanings_are_given_for_settings_that_exist_and_for_all_of_them():
    assert set(MEANINGS) == set(setting_names())


def test_every_section_of_the_file_is_on_the_page():
    page = settings_markdown()
    for section in set(Settings.model_fields) - {"root", "tables"}:
        assert f"## [{section}]\n" in page
    assert "## [tables.NAME]\n" in page


def test_bounds_defaults_and_choices_are_shown():
    page = settings_markdown()
    assert "| `port` | whole number from 1 to 65535 | `3000` |" in page
    assert "| `max_plausible_auroc` | number above 0.5 to 1 | `0.98` |" in page
    assert "| `basis` | `consent`, `contract`, `legitimate_interest`, `public_data` | not set |" in page


def test_the_page_says_that_the_history_bounds_the_chosen_horizon():
    assert "at most the longest of which the history holds eight" in settings_markdown()


def test_a_setting_without_a_meaning_is_refused_by_name(monkeypatch):
    monkeypatch.delitem(settings_documentation.MEANINGS, "churn.horizon_days")
    with pytest.raises(ValueError, match=r"'churn\.horizon_days' has no meaning; add it to MEANINGS"):
        settings_markdown()
