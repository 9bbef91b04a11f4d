"""Claims about offers and the catalogue."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet
from pydantic import ValidationError

from features.contract import TABLES
from serving.offers import Catalogue, Offer, default_catalogue, read_catalogue

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TYPES = ("value", "price", "reward", "discount", "occasional")


@pytest.mark.parametrize("column", ["type", "mechanism", "purpose"])
def test_the_words_of_an_offer_are_those_of_the_table_contract(an_offer, column):
    words = {found.name: found.values for found in TABLES["offers"].columns}[column]
    assert [getattr(an_offer(**{column: word}), column) for word in words] == list(words)
    with pytest.raises(ValidationError, match="is 'nonsense', not one of"):
        an_offer(**{column: "nonsense"})


def test_an_offer_has_the_columns_of_the_table_contract():
    assert set(Offer.model_fields) == {column.name for column in TABLES["offers"].columns}


def test_the_shipped_catalogue_has_something_for_every_loyalty_type():
    offers = default_catalogue()
    assert {offer.mechanism for offer in offers} == {"value", "price", "reward", "discount", "any"}
    assert {"win_back", "second_purchase"} <= {offer.type for offer in offers}


def test_the_shipped_catalogue_needs_no_particular_feature():
    Catalogue(default_catalogue(), (), TYPES)


def test_an_offer_is_valid_from_its_start_until_just_before_its_end(an_offer):
    offer = an_offer(starts_at=NOW, ends_at=NOW + timedelta(days=1))
    assert offer.is_valid_at(NOW)
    assert not offer.is_valid_at(NOW - timedelta(microseconds=1))
    assert not offer.is_valid_at(NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "lottery"}, "is 'lottery', not one of: discount"),
        ({"mechanism": "fear"}, "is 'fear', not one of: value"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"cost": -1}, "greater than or equal to 0"),
        ({"ends_at": "2026-03-01T00:00:00"}, "should have timezone info"),
        ({"starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"}, "ends before it starts"),
        ({"budget": 100}, "has a budget but no cost"),
        ({"audience": "not json"}, "audience"),
    ],
)
def test_an_offer_that_breaks_the_contract_is_an_error(an_offer, fields, message):
    with pytest.raises(ValidationError, match=message):
        an_offer(**fields)


def test_an_offer_twice_is_an_error(an_offer):
    with pytest.raises(ValueError, match="offer 'o' is in the catalogue twice"):
        Catalogue([an_offer(), an_offer()], (), TYPES)


def test_an_impossible_rule_names_its_offer(an_offer):
    with pytest.raises(ValueError, match="offer 'o': audience field 'age' is no feature"):
        Catalogue([an_offer(audience=[["age", ">", 3]])], (), TYPES)


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_yaml_is_read_as_data_alone(tmp_path, an_offer, suffix):
    file, offer = tmp_path / f"offers{suffix}", an_offer(audience=[["band", "==", "high"]])
    lines = ["offers:", "  - offer_id: o", "    name: A thing", "    type: points", "    mechanism: reward"]
    file.write_text("\n".join([*lines, "    audience: [[band, '==', high]]"]))
    assert read_catalogue(file) == [offer]
    file.write_text("offers: !!python/object/apply:os.system ['true']")
    with pytest.raises(ValueError, match="is no YAML"):
        read_catalogue(file)


def test_json_and_the_validated_table_give_the_same_offers(tmp_path, an_offer):
    offer = an_offer(channels=["web"], audience=[["band", "==", "high"]], starts_at=NOW, cost=3)
    (tmp_path / "offers.json").write_text(json.dumps([offer.model_dump(mode="json")]))
    row = {
        "offer_id": "o",
        "name": "A thing",
        "type": "points",
        "mechanism": "reward",
        "cost": 3,
        "terms": None,
    }
    row |= {"channels": '["web"]', "audience": '[["band", "==", "high"]]', "starts_at": NOW}
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "offers.parquet")
    assert read_catalogue(tmp_path / "offers.json") == read_catalogue(tmp_path / "offers.parquet") == [offer]


def test_a_wrong_offer_is_named_by_its_place_and_field(tmp_path):
    file = tmp_path / "offers.toml"
    file.write_text('[[offers]]\noffer_id = "a"\nname = "A"\ntype = "lottery"\nmechanism = "any"\n')
    with pytest.raises(ValueError, match=r"offers\.toml: offer 0, type: .*lottery"):
        read_catalogue(file)


def test_another_kind_of_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"offers are read from \.toml, \.yaml, \.json or \.parquet"):
        read_catalogue(tmp_path / "offers.xlsx")


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({}, None),
        ({"capacity": 3}, 3),
        ({"budget": 299, "cost": 100}, 2),
        ({"budget": 299, "cost": 100, "capacity": 1}, 1),
        ({"budget": 299, "cost": 0}, None),
        ({"cooldown_days": 7}, None),
    ],
)
def test_an_offer_can_be_taken_as_often_as_capacity_and_budget_allow(an_offer, fields, most):
    offer = an_offer(**fields)
    assert offer.most == most
    assert Catalogue([offer], (), TYPES).limited == (() if most is None else ("o",))
    assert offer.is_counted == bool(most is not None or "cooldown_days" in fields)
