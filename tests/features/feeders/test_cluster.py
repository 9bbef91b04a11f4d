"""A real local Spark beside the embedded feeder: equal to the last bit, whatever the tables hold."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.simulator import simulate
from features.catalogue import available
from features.feeders.cluster import ClusterFeeder, build_on_cluster, open_session
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
