"""What is written with the scores: lists, what was bought of late, and what goes with a basket."""

import numpy as np
import pytest

from features.pairs.purchases import read_purchases
from features.pairs.snapshot import Snapshot
from features.suppression import Suppression
from models.recommendations import NONE
from serving.generation import Generation
from serving.manifest import GenerationError
from serving.recommendations import RECENT_DAYS, Recommendations
from tests.serving.buying import saved_recommender, write_purchases


@pytest.fixture
def recommended(build, workspace, tmp_path):
    write_purchases(workspace.tables)
    return lambda **other: Generation.open(build(recommender=saved_recommender(tmp_path / "model"), **other))


def test_lists_are_in_the_order_of_the_rows(recommended, workspace):
    generation = recommended()
    found, snapshot = generation.recommendations, read_snapshot(generation, workspace)
    place = {name: number for number, name in enumerate(snapshot.purchases.customer_ids)}
    for row in range(len(generation.ids)):
        customer = place.get(generation.customer_id(row), NONE)
        own = snapshot.own.customer == customer
        lately = own & (snapshot.own.days_since_last <= RECENT_DAYS)
        bought = {snapshot.purchases.items.ids[item] for item in snapshot.own.thing[lately]}
        shown = {item for item in bought if found.place(item) is not None}
        assert {found.item_id(item) for item in found._bought(row)} == shown
        again = found.list_kind[row][found.list_items[row] != NONE] == 0
        assert again.sum() == (own & snapshot.eligible[snapshot.own.thing]).sum()


def read_snapshot(generation, workspace):
    return Snapshot.at(read_purchases(workspace.tables), generation.manifest.cutoff)


def test_a_customer_without_a_purchase_has_an_empty_list(recommended):
    generation = recommended()
    assert (generation.recommendations.list_items[generation.row("zoë 1")] == NONE).all()


def test_purchases_of_the_suppressed_are_in_no_list_and_no_count(recommended, workspace):
    everybody = recommended().recommendations
    Suppression.open(workspace.suppression).add("carl")
    generation = recommended()
    assert generation.row("carl") is None
    assert len(generation.recommendations.bought_items) < len(everybody.bought_items)


def test_the_model_is_named_in_the_manifest_and_every_file_is_listed(recommended):
    generation = recommended()
    assert generation.manifest.models["recommendation"] == "1"
    assert "recommendations/list_items.npy" in generation.manifest.files
    generation.verify()


def test_without_a_recommender_there_are_no_recommendations(build):
    assert Generation.open(build()).recommendations is None


def test_lists_of_another_number_of_customers_are_refused(recommended):
    folder = recommended().folder / "recommendations"
    with pytest.raises(GenerationError, match="rows instead of"):
        Recommendations.open(folder, 3)
    (folder / "near.npy").unlink()
    with pytest.raises(GenerationError, match="cannot be read"):
        Recommendations.open(folder, 12)


def test_arrays_are_mapped_and_not_read(recommended):
    found = recommended().recommendations
    with pytest.raises(ValueError, match="read-only"):
        found.list_items[0, 0] = 1
    assert isinstance(found.near, np.ndarray)


def test_the_next_category_is_the_one_of_which_an_item_is_likeliest_bought(recommended):
    generation = recommended()
    found = generation.recommendations
    for row in range(len(generation.ids) - 1):
        chances = {}
        for item, chance in zip(found.list_items[row], found.list_probability[row], strict=True):
            if item != NONE:
                name = found.category_of(int(item))
                chances[name] = chances.get(name, 1.0) * (1 - float(chance))
        name, probability = found.next_category(row)
        assert probability == pytest.approx(1 - chances[name])
        assert chances[name] == pytest.approx(min(chances.values()))
    assert found.next_category(generation.row("zoë 1")) is None
    assert generation.next_category_of(0)["category"]
