"""Claims about reading a generation."""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.settings import ReasonSettings
from serving.generation import Generation
from serving.manifest import GenerationError

GERMAN = ReasonSettings(language="de")


def test_every_customer_is_found_under_its_own_id(generation, matrix):
    for customer_id in matrix.customer_ids:
        row = generation.row(customer_id)
        assert generation.customer_id(row) == customer_id


@pytest.mark.parametrize("stranger", ["", "a", "ann", "anna ", "anna\0", "z" * 300, "ANNA", "\ud800"])
def test_a_strange_id_has_no_row(generation, stranger):
    assert generation.row(stranger) is None


def test_features_are_those_that_were_scored(generation, matrix):
    row = generation.row("zoë 1")
    expected = matrix.values[list(matrix.customer_ids).index("zoë 1")]
    np.testing.assert_array_equal(generation.features[row], expected)


def test_arrays_cannot_be_written_to(generation):
    with pytest.raises(ValueError, match="read-only"):
        generation.churn_probability[0] = 0.0


def test_loyalty_probabilities_sum_to_one_and_name_the_type(generation):
    for row in range(generation.manifest.rows):
        probabilities = generation.loyalty_probabilities(row)
        assert sum(probabilities.values()) == pytest.approx(1)
        assert max(probabilities, key=probabilities.get) == generation.loyalty_type_of(row)


def test_reasons_on_demand_are_those_that_would_have_been_stored(build):
    few, all_rows = Generation.open(build(reason_rows=0)), Generation.open(build(reason_rows=100))
    for row in range(few.manifest.rows):
        assert few.stored_reasons(row) is None
        assert few.reasons(row) == all_rows.stored_reasons(row)


def test_what_speaks_against_leaving_is_stored_with_the_reasons(build):
    few, all_rows = Generation.open(build(reason_rows=0)), Generation.open(build(reason_rows=100))
    for row in range(few.manifest.rows):
        assert few.explanation(row) == all_rows.stored_explanation(row)
        assert all(reason["effect"] < 0 for reason in few.explanation(row)["against"])


def test_reasons_are_told_in_the_language_of_the_settings(build, settings):
    german = Generation.open(build(settings=settings.model_copy(update={"reasons": GERMAN}), reason_rows=1))
    texts = [reason["text"] for row in range(3) for reason in german.reasons(row)]
    assert any(text.startswith("Letzte Bestellung vor ") for text in texts)


def test_a_language_that_is_not_there_stops_the_scoring(build, settings):
    unknown = settings.model_copy(update={"reasons": ReasonSettings(language="xx")})
    with pytest.raises(ValueError, match="no reasons in language 'xx'; there are: de, en"):
        build(settings=unknown)


def test_a_generation_that_holds_reasons_alone_is_still_read(generation):
    row = int(generation.at_risk[0])
    whole = generation.stored_reasons(row)
    lines = [json.loads(line)["reasons"] for line in (generation.folder / "reasons.jsonl").open("rb")]
    written = [json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines]
    (generation.folder / "reasons.jsonl").write_bytes(b"".join(written))
    earlier = replace(generation, reason_offsets=np.cumsum([0, *map(len, written)]))
    assert earlier.stored_explanation(row) == {"reasons": whole, "against": []}


def test_reasons_are_stored_for_the_top_of_the_list(generation):
    stored = [row for row in range(generation.manifest.rows) if generation.stored_reasons(row) is not None]
    assert stored == sorted(generation.at_risk[:4].tolist())


def test_a_renamed_generation_is_not_opened(generation):
    other = generation.folder.rename(generation.folder.with_name("20200101T000000Z-000000000000"))
    with pytest.raises(GenerationError, match=f"holds the manifest of {generation.id}"):
        Generation.open(other)


def test_a_file_of_python_objects_is_not_loaded(generation):
    file = generation.folder / "band.npy"
    size = file.stat().st_size
    np.save(file, np.array([print], dtype=object), allow_pickle=True)
    file.write_bytes(file.read_bytes()[:size].ljust(size, b"\0"))
    with pytest.raises(GenerationError, match=r"band\.npy is not a readable array"):
        Generation.open(generation.folder)


def test_a_model_that_needs_a_foreign_feature_is_refused(generation):
    model = replace(generation.churn_model, features=("age",))
    with pytest.raises(GenerationError, match="lacks feature 'age' of the churn model"):
        generation.columns_for(model)
