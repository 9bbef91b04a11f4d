"""Claims about the exported record."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from features.contract import TABLES
from features.settings import load_settings
from features.tables.validate import validate
from features.workspace import Workspace
from serving.decisions import new_decision_id
from serving.export import export
from serving.record import OfferEvent
from tests.shop import make_shop

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_export_has_the_columns_of_the_table_contract(store, tmp_path):
    export(store, tmp_path, 2)
    for name in ("decisions", "offer_events"):
        found = set(parquet.read_schema(tmp_path / f"{name}.parquet").names)
        contract = TABLES[name].columns
        assert {column.name for column in contract if column.required} <= found
        assert found <= {column.name for column in contract}


def test_a_decision_is_exported_complete(store, tmp_path, a_decision):
    store.append_decision([a_decision(decision_id="d"), a_decision(1, decision_id="d", offer_id=None)])
    assert export(store, tmp_path, 2) == {"decisions": 2, "offer_events": 0}
    first, second = parquet.read_table(tmp_path / "decisions.parquet").to_pylist()
    assert json.loads(first["eligible"]) == [{"offer_id": "o", "propensity": 1.0}]
    assert (first["decided_at"], first["propensity"]) == (NOW, 1.0)
    assert second["offer_id"] is None


def test_events_are_exported_with_the_time_they_became_known(store, tmp_path):
    store.append_event(OfferEvent("d", "o", "shown", "anna", None, 250), NOW)
    export(store, tmp_path, 2)
    (row,) = parquet.read_table(tmp_path / "offer_events.parquet").to_pylist()
    assert row == {
        "decision_id": "d",
        "offer_id": "o",
        "event": "shown",
        "occurred_at": NOW,
        "customer_id": "anna",
        "value": Decimal("2.50"),
        "ingested_at": NOW,
    }


@pytest.mark.parametrize("digits", [0, 2, 4])
def test_money_is_in_units_of_the_currency(store, tmp_path, digits):
    store.append_event(OfferEvent("d", "o", "redeemed", "anna", None, -(2**63)), NOW)
    export(store, tmp_path, digits)
    (found,) = parquet.read_table(tmp_path / "offer_events.parquet")["value"].to_pylist()
    assert found * 10**digits == -(2**63)


@pytest.mark.parametrize("digits", [0, 2, 4])
def test_what_is_exported_validates_to_what_was_stored(tmp_path, a_decision, store, digits):
    settings = load_settings(make_shop(tmp_path / "shop", customers=30))
    source = settings.source.model_copy(update={"minor_digits": digits})
    decision, decided_at = new_decision_id(NOW), NOW - timedelta(days=30)
    store.append_decision([a_decision(decision_id=decision, decided_at=decided_at)])
    store.append_event(OfferEvent(decision, "o", "redeemed", "anna", decided_at, 12_345), decided_at)
    export(store, settings.source_folder, digits)
    workspace = Workspace(tmp_path / "workspace")
    validate(settings.model_copy(update={"source": source}), workspace).raise_for_errors()
    assert parquet.read_table(workspace.tables / "offer_events.parquet")["value"].to_pylist() == [12_345]
    assert parquet.read_table(workspace.tables / "decisions.parquet").num_rows == 1


def test_times_have_the_type_of_validated_tables(store, tmp_path):
    export(store, tmp_path, 2)
    schema = parquet.read_schema(tmp_path / "offer_events.parquet")
    assert schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")


def test_an_export_replaces_the_one_before(store, tmp_path, a_decision):
    export(store, tmp_path, 2)
    store.append_decision([a_decision()])
    export(store, tmp_path, 2)
    assert parquet.read_table(tmp_path / "decisions.parquet").num_rows == 1
