"""Claims about the exported record."""

import json
from datetime import UTC, datetime

import pyarrow as pa
from pyarrow import parquet

from features.contract import TABLES
from serving.export import export
from serving.record import OfferEvent

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_export_has_the_columns_of_the_table_contract(store, tmp_path):
    export(store, tmp_path)
    for name in ("decisions", "offer_events"):
        found = set(parquet.read_schema(tmp_path / f"{name}.parquet").names)
        contract = TABLES[name].columns
        assert {column.name for column in contract if column.required} <= found
        assert found <= {column.name for column in contract}


def test_a_decision_is_exported_complete(store, tmp_path, a_decision):
    store.append_decision([a_decision(decision_id="d"), a_decision(1, decision_id="d", offer_id=None)])
    assert export(store, tmp_path) == {"decisions": 2, "offer_events": 0}
    first, second = parquet.read_table(tmp_path / "decisions.parquet").to_pylist()
    assert json.loads(first["eligible"]) == [{"offer_id": "o", "propensity": 1.0}]
    assert (first["decided_at"], first["propensity"]) == (NOW, 1.0)
    assert second["offer_id"] is None


def test_events_are_exported_with_the_time_they_became_known(store, tmp_path):
    store.append_event(OfferEvent("d", "o", "shown", "anna", None, 250), NOW)
    export(store, tmp_path)
    (row,) = parquet.read_table(tmp_path / "offer_events.parquet").to_pylist()
    assert row == {
        "decision_id": "d",
        "offer_id": "o",
        "event": "shown",
        "occurred_at": NOW,
        "customer_id": "anna",
        "value": 250,
        "ingested_at": NOW,
    }


def test_money_and_times_have_the_types_of_validated_tables(store, tmp_path):
    export(store, tmp_path)
    schema = parquet.read_schema(tmp_path / "offer_events.parquet")
    assert schema.field("value").type == pa.int64()
    assert schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")


def test_an_export_replaces_the_one_before(store, tmp_path, a_decision):
    export(store, tmp_path)
    store.append_decision([a_decision()])
    export(store, tmp_path)
    assert parquet.read_table(tmp_path / "decisions.parquet").num_rows == 1
