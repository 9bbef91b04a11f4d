"""A real local Spark beside the embedded feeder: equal to the last bit, whatever the tables hold."""

import os
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.simulator import simulate
from features.catalogue import available
from features.feeders.cluster import ClusterFeeder, build_on_cluster, open_session
from features.feeders.cluster_errors import plain_errors
from features.feeders.embedded import Feeder, build_features
from features.feeders.partitioned import write_partitioned
from features.settings import ConsentSettings, FeatureSettings, Settings, SourceSettings, SparkSettings
from features.tables.validate import validate
from features.workspace import Workspace
from tests.features.orders.tables import sale, write

pytestmark = pytest.mark.slow
CUTOFFS = [datetime(2023, month, 1, tzinfo=UTC) for month in (4, 7)]
ORDER = [("customer_id", "ascending"), ("cutoff", "ascending")]
TOLD = FeatureSettings(tier_points={"silver": 2_500, "gold": 6_000}, chunk_rows=5_000)
START = datetime(2024, 1, 8, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def spark():
    session = open_session(SparkSettings(master="local[2]", memory="2g"))
    yield session
    session.stop()


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Validated tables of a simulated shop: all streams, rows that came late."""
    root = tmp_path_factory.mktemp("shop")
    simulate(root / "data", None, customers=1000, months=6, seed=5)
    chosen = Settings(
        root=root, source=SourceSettings(path=root / "data"), consent=ConsentSettings(basis="public_data")
    )
    validate(chosen, Workspace(root / "workspace")).raise_for_errors()
    return Workspace(root / "workspace").tables


def both(spark, tables, zone="UTC", cutoffs=CUTOFFS, **options):
    """The answers of Spark and of the embedded feeder."""
    with Feeder(tables, zone=zone, settings=TOLD) as feeder:
        features = available(feeder.present)
        embedded = pa.concat_tables(list(build_features(feeder, features, cutoffs, **options)))
    cluster = ClusterFeeder(spark, str(tables), zone=zone, settings=TOLD, partitions=4)
    assert available(cluster.present) == features
    return build_on_cluster(cluster, features, cutoffs, **options).toArrow().sort_by(ORDER), embedded


def differing(one, other):
    assert one.column_names == other.column_names
    assert one["customer_id"].to_pylist() == other["customer_id"].to_pylist()
    names = one.column_names[2:]
    return [n for n in names if not np.array_equal(one[n].to_numpy(), other[n].to_numpy(), equal_nan=True)]


@pytest.mark.parametrize(("zone", "hindsight"), [("UTC", False), ("Europe/Bucharest", True)])
def test_every_feature_of_every_stream_is_the_same_to_the_last_bit(spark, tables, zone, hindsight):
    cluster, embedded = both(spark, tables, zone, hindsight=hindsight)
    assert embedded.num_rows > 1_000
    assert len(embedded.column_names) > 280
    assert differing(cluster, embedded) == []


def test_missing_tables_and_columns_leave_out_the_same_features(spark, tmp_path):
    lines = [sale(n, START + timedelta(days=n), customer_id=f"c{n % 3}") for n in range(9)]
    write(tmp_path, "order_lines", lines, without=["coupon_amount", "ingested_at"])
    cluster, embedded = both(spark, tmp_path, cutoffs=[START + timedelta(days=20)])
    assert differing(cluster, embedded) == []
    assert embedded.num_rows == 3


def test_tables_that_were_never_validated_are_asked_for(spark, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no validated order_lines at .*; run: regulars validate"):
        ClusterFeeder(spark, str(tmp_path))


def test_a_second_feeder_of_a_session_does_not_take_the_tables_of_the_first(spark, tmp_path):
    feeders = []
    for name in ("ann", "bob"):
        write(tmp_path / name, "order_lines", [sale(1, START, customer_id=name)])
        feeders.append(ClusterFeeder(spark, str(tmp_path / name)))
    features, at = available(feeders[0].present), [START + timedelta(days=1)]
    found = [
        build_on_cluster(feeder, features, at).toArrow()["customer_id"].to_pylist() for feeder in feeders
    ]
    assert found == [["ann"], ["bob"]]


def test_times_are_those_of_the_tables_whatever_the_zone_of_the_session_that_was_there(spark, tmp_path):
    write(tmp_path, "order_lines", [sale(1, START)])
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        cluster, embedded = both(spark, tmp_path, cutoffs=[START + timedelta(hours=1)])
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert differing(cluster, embedded) == []
    assert cluster["cutoff"].to_pylist() == [START + timedelta(hours=1)]


def test_a_table_that_is_there_and_cannot_be_read_is_no_missing_table(spark, tmp_path):
    write(tmp_path, "order_lines", [sale(1, START)])
    (tmp_path / "products.parquet").mkdir()
    with pytest.raises(ValueError, match="Unable to infer schema"), plain_errors():
        ClusterFeeder(spark, str(tmp_path))


def test_one_customer_with_a_million_lines_is_built_like_any_other(spark, tmp_path):
    count = 1_000_000
    second = pa.array(np.arange(count) * 30_000_000 + int(START.timestamp()) * 1_000_000)
    at = second.view(pa.timestamp("us", "UTC"))
    number = pa.array(np.arange(count) // 5).cast(pa.string())
    columns = {"order_id": number, "line_id": pa.array(np.arange(count) % 5).cast(pa.string())}
    columns |= {"customer_id": pa.repeat("reseller", count), "ordered_at": at}
    columns |= {"amount": pa.array(np.arange(count) % 997 + 1)}
    pq.write_table(pa.table(columns), tmp_path / "order_lines.parquet")
    cluster, embedded = both(spark, tmp_path, cutoffs=[START + timedelta(days=200)])
    assert differing(cluster, embedded) == []
    assert embedded["line_count_365d"].to_pylist()[0] > 500_000


def test_who_may_not_be_profiled_is_in_no_row(spark, tmp_path):
    write(tmp_path, "order_lines", [sale(n, START, customer_id=f"c{n}") for n in range(3)])
    cluster = ClusterFeeder(spark, str(tmp_path))
    features = available(cluster.present)
    at = [START + timedelta(days=1)]
    found = build_on_cluster(cluster, features, at, permit=lambda ids: ids != "c1").toArrow()
    assert sorted(found["customer_id"].to_pylist()) == ["c0", "c2"]


def test_a_run_that_breaks_leaves_the_last_good_output(spark, tmp_path):
    frame = spark.createDataFrame([("ann", CUTOFFS[0], 1.0)], "customer_id STRING, cutoff TIMESTAMP, x FLOAT")
    write_partitioned(frame, str(tmp_path / "out"))
    broken = frame.selectExpr("customer_id", "cutoff", "raise_error('broken') AS x")
    with pytest.raises(Exception, match="broken"):
        write_partitioned(broken, str(tmp_path / "out"))
    assert pq.read_table(tmp_path / "out")["customer_id"].to_pylist() == ["ann"]
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_run_that_finds_nobody_leaves_the_last_good_output(spark, tmp_path):
    frame = spark.createDataFrame([("ann", CUTOFFS[0], 1.0)], "customer_id STRING, cutoff TIMESTAMP, x FLOAT")
    assert write_partitioned(frame, str(tmp_path / "out")) == 1
    with pytest.raises(ValueError, match="no customer who may be profiled has an order before the cutoff"):
        write_partitioned(frame.where("x > 1"), str(tmp_path / "out"))
    assert pq.read_table(tmp_path / "out")["customer_id"].to_pylist() == ["ann"]


def test_the_folder_of_a_cutoff_names_an_instant(spark, tmp_path):
    rows = [("ann", cutoff, 1.0) for cutoff in CUTOFFS]
    frame = spark.createDataFrame(rows, "customer_id STRING, cutoff TIMESTAMP, x FLOAT")
    write_partitioned(frame, str(tmp_path / "out"))
    texts = pq.read_table(tmp_path / "out")["cutoff"].cast(pa.string())
    assert sorted(texts.cast(pa.timestamp("us", "UTC")).to_pylist()) == CUTOFFS
    assert texts[0].as_py().endswith("Z")


def test_what_a_worker_raises_is_said_in_its_own_words(spark):
    def refuse(batches):
        raise ValueError("rows are not sorted; sort them")
        yield from batches

    with pytest.raises(ValueError, match=r"^rows are not sorted; sort them$"), plain_errors():
        spark.range(3).mapInArrow(refuse, "id BIGINT").toArrow()


def test_a_worker_that_was_ended_asks_for_memory(spark):
    def end(batches):
        os._exit(9)
        yield from batches

    with pytest.raises(OSError, match="mostly for want of memory"), plain_errors():
        spark.range(3).mapInArrow(end, "id BIGINT").toArrow()


def test_a_value_that_does_not_fit_is_in_no_message(spark):
    with pytest.raises(OSError, match=r"^Spark failed: CAST_INVALID_INPUT$"), plain_errors():
        spark.sql("SELECT CAST(concat('c00', id) AS INT) FROM range(2)").toArrow()
