from __future__ import annotations

from features.matrix import FeatureMatrix
from features.suppression import Suppression


def test_there_is_one_row_for_each_customer_and_cutoff(run, shop, tmp_path):
    out = tmp_path / "features.parquet"
    shown = run(
        "features", "--cutoff", "2025-06-01", "--cutoff", "2025-09-01", "--out", out, "--json", folder=shop
    )
    matrix = FeatureMatrix.read(out)
    keys = set(zip(matrix.customer_ids, matrix.cutoffs.tolist(), strict=True))
    assert len(keys) == len(matrix) == shown.json["rows"]
    assert shown.json["cutoffs"] == ["2025-06-01T00:00:00+00:00", "2025-09-01T00:00:00+00:00"]
    assert (shown.json["features"], shown.json["feature_hash"]) == (len(matrix.names), matrix.hash)


def test_the_end_of_the_data_is_the_cutoff_unless_one_is_given(run, shop):
    assert run("features", "--json", folder=shop).json["cutoffs"] == ["2026-03-01T00:00:00+00:00"]


def test_a_cutoff_without_a_zone_is_read_in_the_business_zone(run, shop):
    settings = (shop / "regulars.toml").read_text()
    (shop / "regulars.toml").write_text(settings.replace("[source]", '[source]\ntimezone = "Europe/Berlin"'))
    shown = run("features", "--cutoff", "2025-06-01", "--json", folder=shop)
    assert shown.json["cutoffs"] == ["2025-06-01T00:00:00+02:00"]


def test_features_for_want_of_a_column_are_left_out_by_name(run, shop):
    (shop / "workspace/tables/products.parquet").unlink()
    left_out = run("features", "--json", folder=shop).json["left_out"]
    assert "private_label_share_90d" in left_out
    assert "order_count_90d" not in left_out


def test_a_cutoff_that_is_no_date_is_refused_with_one_that_is(run, shop):
    told = run("features", "--cutoff", "yesterday", folder=shop)
    assert told.code == 1
    assert told.err == "error: 'yesterday' is not a date; write it as 2024-05-31 or 2024-05-31T12:00+02:00\n"


def test_before_validation_it_says_what_to_run(run, shop):
    (shop / "workspace/tables/report.json").unlink()
    told = run("features", folder=shop)
    assert told.code == 1
    assert told.err.rstrip().endswith("make it with: regulars validate")


def test_a_suppressed_customer_is_in_no_matrix(run, shop, tmp_path):
    before = _matrix(run, shop, tmp_path / "before.parquet")
    gone = before.customer_ids[0]
    Suppression.open(shop / "workspace" / "suppression").add(gone)
    after = _matrix(run, shop, tmp_path / "after.parquet")
    assert gone not in after.customer_ids
    assert len(after) == len(before) - 1


def _matrix(run, folder, file):
    assert run("features", "--out", file, folder=folder).code == 0
    return FeatureMatrix.read(file)


def test_another_set_of_cutoffs_with_the_same_latest_one_takes_no_files_place(run, shop):
    def made(first):
        return run("features", "--cutoff", first, "--cutoff", "2025-09-01", "--json", folder=shop).json[
            "file"
        ]

    assert made("2025-06-01") == made("2025-06-01") != made("2025-07-01")
