from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.context import instant, open_workspace, progress_bar, show_json, show_table


def test_the_workspace_lies_beside_the_settings(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    settings, workspace = open_workspace(tmp_path)
    assert settings.root == tmp_path
    assert workspace.root == tmp_path / "workspace"


def test_json_has_times_in_iso_8601_and_letters_as_they_are(capsys):
    show_json({"at": datetime(2026, 3, 1, tzinfo=UTC), "in": Path("a/b"), "who": "zoë"})
    assert (
        capsys.readouterr().out
        == '{\n  "at": "2026-03-01T00:00:00+00:00",\n  "in": "a/b",\n  "who": "zoë"\n}\n'
    )


def test_json_refuses_what_other_programs_cannot_read():
    with pytest.raises(ValueError, match="not JSON compliant"):
        show_json({"share": float("nan")})


def test_a_value_is_never_taken_for_markup(capsys):
    show_table("T", ("name",), [("[red]x[/red]",)])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_steps_are_told_once_each_and_only_on_standard_error(capsys):
    with progress_bar() as tell:
        for done in range(3):
            tell("fit", done, 3)
        tell("write", 0, 0)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "fit ...\nwrite ...\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-01", "2025-06-01T00:00:00+02:00"),
        ("2025-06-01T12:00", "2025-06-01T12:00:00+02:00"),
        ("2025-06-01T12:00Z", "2025-06-01T12:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_of_the_business_zone(text, expected):
    assert instant(text, "Europe/Berlin").isoformat() == expected


def test_no_time_given_is_none_and_not_now():
    assert instant(None, "UTC") is None


def test_a_text_that_is_no_time_is_refused():
    with pytest.raises(ValueError, match=r"'31\.05\.2024' is not a date; write it as 2024-05-31"):
        instant("31.05.2024", "UTC")


@pytest.mark.parametrize("text", ["[/b]x", ":smile:", "[red]a"])
def test_a_title_or_a_cell_that_looks_like_markup_is_shown_as_it_is(text, capsys):
    show_table(f"Customer {text}", ("id",), [(text,)])
    assert capsys.readouterr().out.count(text) == 2
