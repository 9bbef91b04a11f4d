"""The engines are told apart by one option; what they answer is the same."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.matrix import FeatureMatrix
from serving.generation import Generation

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "arguments",
    [("features", "--master", "local[2]"), ("features", "--tables", "x"), ("score", "--out", "x")],
)
def test_options_of_spark_without_spark_are_a_usage_error(run, shop, arguments):
    told = run(*arguments, folder=shop)
    assert told.code == 2
    assert f"{arguments[1]} belongs to --engine spark" in told.err


def test_a_catalogue_belongs_to_a_generation(run, shop, tmp_path):
    (tmp_path / "mine.toml").write_text("")
    told = run("score", "--engine", "spark", "--offers", tmp_path / "mine.toml", folder=shop)
    assert told.code == 2
    assert "--offers belongs to a generation, which --engine spark does not build" in told.err


def test_without_java_one_line_says_what_to_install(process, shop):
    ended = process("-C", shop, "features", "--engine", "spark", env=os.environ | {"JAVA_HOME": "/nowhere"})
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("error: the Spark engine found no Java; install Java 17")
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_features_and_scores_by_spark_are_those_of_the_embedded_engine(process, trained_shop, tmp_path):
    folder = shutil.copytree(trained_shop, tmp_path / "trained")
    for name in ("features", "score"):
        for engine in ("duckdb", "spark"):
            more = ["--out", tmp_path / f"{name}-{engine}"] if (name, engine) != ("score", "duckdb") else []
            more += ["--master", "local[2]"] if engine == "spark" else []
            ended = process("-C", folder, name, "--engine", engine, *more, "--json")
            assert ended.returncode == 0, ended.stderr[-2000:]
    embedded = FeatureMatrix.read(tmp_path / "features-duckdb")
    by_spark = pq.read_table(tmp_path / "features-spark").to_pandas().set_index("customer_id")
    ordered = by_spark.loc[embedded.customer_ids, list(embedded.names)].to_numpy(np.float32)
    assert np.array_equal(ordered, embedded.values, equal_nan=True)
    [current] = [path for path in (folder / "workspace/generations").iterdir() if path.is_dir()]
    generation = Generation.open(current)
    scores = pq.read_table(tmp_path / "score-spark").to_pandas().set_index("customer_id")
    ids = [generation.customer_id(row) for row in range(len(generation.ids))]
    assert sorted(ids) == sorted(scores.index)
    assert np.array_equal(scores.loc[ids, "churn_probability"].to_numpy(), generation.churn_probability)
    assert scores.loc[ids, "loyalty_type"].tolist() == list(map(generation.loyalty_type_of, range(len(ids))))


@pytest.mark.slow
def test_refusals_beside_the_tables_that_are_read_count(process, shop, tmp_path):
    elsewhere = shutil.copytree(shop / "workspace/tables", tmp_path / "elsewhere")
    ids = [customer for customer in _customers(elsewhere) if customer != "c0007"]
    said = {"customer_id": ids, "purpose": ["profiling"] * len(ids), "status": ["granted"] * len(ids)}
    pq.write_table(pa.table(said | {"changed_at": [LONG_AGO] * len(ids)}), elsewhere / "consents.parquet")
    more = ["--engine", "spark", "--master", "local[2]", "--tables", elsewhere, "--out", tmp_path / "out"]
    ended = process("-C", shop, "features", *more)
    assert ended.returncode == 0, ended.stderr
    assert sorted(pq.read_table(tmp_path / "out")["customer_id"].to_pylist()) == ids
    (elsewhere / "report.json").unlink()
    told = process("-C", shop, "features", *more)
    assert told.stderr.splitlines()[-1].endswith(
        f"no report.json in {elsewhere}; make it with: regulars validate"
    )


def _customers(tables):
    lines = pq.read_table(tables / "order_lines.parquet")["customer_id"].drop_null()
    return sorted(lines.unique().to_pylist())


@pytest.mark.slow
def test_an_address_is_no_folder_of_this_machine(process, shop):
    more = ["--engine", "spark", "--master", "local[2]", "--out", "s3a://nowhere/features"]
    told = process("-C", shop, "features", *more)
    assert told.returncode == 1
    assert "S3AFileSystem" in told.stderr.splitlines()[-1]
    assert "Traceback" not in told.stderr


@pytest.mark.slow
def test_a_generation_answers_with_features_of_any_instant(process, trained_shop, tmp_path):
    folder = shutil.copytree(trained_shop, tmp_path / "trained")
    assert process("-C", folder, "score").returncode == 0
    [current] = [path for path in (folder / "workspace/generations").iterdir() if path.is_dir()]
    generation = Generation.open(current)
    for row in range(0, len(generation.ids), 9):
        found = generation.live.update(generation.customer_id(row), {}, generation.manifest.cutoff)
        assert np.array_equal(found, generation.features[row], equal_nan=True)
