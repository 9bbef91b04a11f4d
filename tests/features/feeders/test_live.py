from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.simulator import simulate
from features.catalogue import LEADING, available
from features.feeders.embedded import NUMBER, Feeder, build_features, open_feeder
from features.feeders.history import History, HistoryWriter
from features.feeders.live import SOURCES, LiveFeatures
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.columns import microseconds
from features.kernel.reference import Reference
from features.settings import ConsentSettings, Settings, SourceSettings
from features.tables.validate import validate
from features.workspace import Workspace
from tests.features.orders.histories import CUTOFFS, FEATURES, REFERENCE, ZONE, built, histories, table
from tests.features.orders.tables import sale, write

START = datetime(2024, 1, 8, 10, tzinfo=UTC)
NOW = START + timedelta(days=60)


def history_of(lines, *, coded=False):
    """The history of order lines that are written and read again; texts of few values as codes, if asked for."""
    held = table(lines)
    for place, name in enumerate(held.column_names):
        if coded and name in ("channel", "store_id"):
            held = held.set_column(place, name, held[name].combine_chunks().dictionary_encode())
    with TemporaryDirectory() as name:
        with HistoryWriter(Path(name) / "history") as writer:
            writer.add(Chunk.of({"order_lines": held}, "order_lines"))
        return History(Path(name) / "history")


def live(lines, *, coded=False):
    return LiveFeatures(FEATURES, history_of(lines, coded=coded), REFERENCE, zone=ZONE)


@settings(max_examples=60, deadline=None)
@given(histories(late=True), st.sampled_from(CUTOFFS), st.randoms(use_true_random=False))
def test_a_live_row_equals_that_of_the_batch_to_the_last_bit(lines, cutoff, random):
    held = [line for line in lines if random.random() < 0.6]
    newer = [line for line in lines if line not in held]
    expected = {row.pop("customer_id"): row for row in built(lines, [cutoff]).to_pylist()}
    updating = live(held)
    for customer in {line["customer_id"] for line in lines}:
        events = [line for line in newer if line["customer_id"] == customer]
        found = updating.update(customer, {"order_lines": events}, cutoff)
        assert (found is None) == (customer not in expected)
        if found is not None:
            del expected[customer]["cutoff"]
            wanted = np.array(list(expected[customer].values()), np.float32)
            assert np.array_equal(found, wanted, equal_nan=True)


def line(number, at, amount=100, **other):
    return {
        "customer_id": "ann",
        "order_id": f"o{number}",
        "line_id": "1",
        "ordered_at": at,
        "amount": amount,
        **other,
    }


def spent(updating, *events):
    found = updating.update("ann", {"order_lines": events}, NOW)
    return found[updating.names.index("total_spend_365d")]


def test_places_that_no_held_row_names_are_places_of_their_own():
    shops = ("north", "north", "south", "east", None, "south")
    lines = [
        line(number, START + timedelta(days=number), store_id=store, channel=store)
        for number, store in enumerate(shops)
    ]
    updating = live(lines[:2], coded=True)
    found = updating.update("ann", {"order_lines": lines[2:]}, NOW)
    [wanted] = built(lines, [NOW]).to_pylist()
    names = ("store_count_90d", "channel_count_90d", "store_switch_share_90d", "channel_switch_share_90d")
    values = {name: found[updating.names.index(name)] for name in names if name in updating.names}
    assert values["store_count_90d"] == 3
    assert values == {name: np.float32(wanted[name]) for name in values}


def test_an_event_that_is_posted_twice_is_one_event():
    event = line(2, START, 30)
    assert spent(live([line(1, START)]), event, event) == 130


def test_the_retailers_table_wins_over_an_event_of_the_same_key():
    assert spent(live([line(1, START, 100)]), line(1, START, 999)) == 100


def test_an_event_counts_once_it_has_arrived():
    updating = live([line(1, START)])
    assert spent(updating, line(2, START, 30, ingested_at=NOW)) == 100
    assert spent(updating, line(2, START, 30, ingested_at=NOW - timedelta(microseconds=1))) == 130


def test_a_customer_who_was_never_seen_has_a_row_from_the_first_order_on():
    updating = live([line(1, START)])
    assert updating.update("zoe", {}, NOW) is None
    first = line(9, NOW - timedelta(days=1), 70) | {"customer_id": "zoe"}
    row = updating.update("zoe", {"order_lines": [first]}, NOW)
    assert row[updating.names.index("days_since_last_order")] == 1


def test_what_cannot_be_merged_is_refused():
    updating = live([line(1, START)])
    with pytest.raises(ValueError, match="no feature reads events of 'offers'; features read order_lines"):
        updating.update("ann", {"offers": [{}]}, NOW)
    with pytest.raises(
        ValueError, match="an event of 'order_lines' has no order_id, by which events are told"
    ):
        updating.update("ann", {"order_lines": [line(1, START) | {"order_id": None}]}, NOW)
    with pytest.raises(ValueError, match="has no time zone; give an instant"):
        updating.update("ann", {}, datetime(2024, 5, 1))


def test_who_may_not_be_profiled_is_in_no_history(tmp_path):
    write(tmp_path / "tables", "order_lines", [sale(n, START, customer_id=f"c{n}") for n in range(3)])
    with Feeder(tmp_path / "tables") as feeder:
        features = available(feeder.present)
        with HistoryWriter(tmp_path / "history", lambda ids: ids != "c1", NUMBER) as writer:
            list(build_features(feeder, features, [NOW], history=writer))
    found = History(tmp_path / "history")
    assert [found.of(f"c{n}")["order_lines"].num_rows for n in range(3)] == [1, 0, 1]
    assert b"c1" not in (tmp_path / "history" / "order_lines.arrow").read_bytes()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Validated tables of a simulated shop."""
    root = tmp_path_factory.mktemp("shop")
    simulate(root / "data", None, customers=1000, months=6, seed=3)
    chosen = Settings(
        root=root, source=SourceSettings(path=root / "data"), consent=ConsentSettings(basis="public_data")
    )
    validate(chosen, Workspace(root / "workspace")).raise_for_errors()
    return chosen, Workspace(root / "workspace")


@pytest.mark.slow
def test_every_stream_of_a_whole_shop_is_the_same_live_as_in_the_batch(shop, tmp_path):
    chosen, workspace = shop
    at = datetime(2023, 6, 20, tzinfo=UTC)
    with open_feeder(chosen, workspace) as feeder:
        features = available(feeder.present)
        reference = feeder.reference(features)
        chunks = list(feeder.chunks(features))
    plan = Plan(features, LEADING, reference=reference)
    rows = {row["customer_id"]: row for chunk in chunks for row in plan.build(chunk, [at]).to_pylist()}
    reference.write(tmp_path / "reference")
    known = at - timedelta(days=9)
    with HistoryWriter(tmp_path / "history", None, NUMBER) as writer:
        for chunk in chunks:
            writer.add(part(chunk, known, held=True))
    updating = LiveFeatures(features, History(tmp_path / "history"), Reference.read(tmp_path / "reference"))
    events = posted(chunks, known, reference.product_ids.to_pylist())
    assert len(events) > 100
    for customer in list(rows)[::5]:
        found = updating.update(customer, events.get(customer, {}), at)
        wanted = np.array([rows[customer][name] for name in updating.names], np.float32)
        assert np.array_equal(found, wanted, equal_nan=True)


def part(chunk, known, *, held):
    """The rows of a chunk that were known before an instant, or the others."""
    tables = {}
    for name, (rows, customer) in chunk.tables.items():
        when = microseconds(rows[SOURCES[name].time])
        if "ingested_at" in rows.column_names:
            when = np.maximum(when, microseconds(rows["ingested_at"]))
        mask = (when < int(known.timestamp()) * 1_000_000) == held
        tables[name] = rows.filter(pa.array(mask)), customer[mask]
    return Chunk(chunk.ids, tables)


def posted(chunks, known, products):
    """What became known later as events, by customer and table."""
    found = {}
    for chunk in (part(each, known, held=False) for each in chunks):
        for name, (rows, customer) in chunk.tables.items():
            for number, row in zip(customer, rows.to_pylist(), strict=True):
                if row.get("product_id") is not None:
                    row["product_id"] = products[row["product_id"]]
                own = found.setdefault(chunk.ids[number].as_py(), {})
                own.setdefault(name, []).append(row)
    return found
