from __future__ import annotations

import re

from cli.init import TEMPLATE
from features.settings import load_settings


def test_the_file_that_is_made_can_be_read(run, tmp_path):
    made = run("init", tmp_path / "shop")
    assert made.code == 0
    assert str(tmp_path / "shop" / "regulars.toml") in made.out.replace("\n", "").replace(" ", "")
    assert load_settings(tmp_path / "shop").source_folder == tmp_path / "shop" / "data"
    assert made.err.rstrip().endswith(f"regulars -C {tmp_path / 'shop'} validate")


def test_without_a_target_it_is_made_in_the_folder_of_the_command(run, tmp_path):
    made = run("init", "--json", folder=tmp_path / "new").json
    assert made == {
        "settings": str(tmp_path / "new" / "regulars.toml"),
        "data": str(tmp_path / "new" / "data"),
    }
    assert load_settings(tmp_path / "new").root == tmp_path / "new"


def test_a_file_that_is_there_is_never_overwritten(run, tmp_path):
    (tmp_path / "regulars.toml").write_text("# mine\n")
    told = run("init", tmp_path)
    assert told.code == 1
    assert (
        told.err == f"error: {tmp_path / 'regulars.toml'} is there already; edit it, or name another folder\n"
    )
    assert (tmp_path / "regulars.toml").read_text() == "# mine\n"


def test_every_line_that_is_commented_out_is_a_setting(tmp_path):
    switched_on = re.sub(r"(?m)^# (?=\[tables|[a-z_]+ = )", "", TEMPLATE)
    (tmp_path / "regulars.toml").write_text(switched_on)
    settings = load_settings(tmp_path)
    assert settings.tables["order_lines"].columns["customer_id"] == "client"
    assert settings.consent.basis == "contract"
    assert (settings.churn.horizon_days, settings.churn.active_days) == (28, 90)


def test_a_new_shop_without_tables_is_told_what_to_bring(run, tmp_path):
    run("init", tmp_path)
    told = run("validate", folder=tmp_path)
    assert told.code == 1
    assert "order_lines" in told.out
