"""Named effects come back as they were written, and take the place of what is assumed."""

from dataclasses import replace

import numpy as np
import pytest

from models.named_effects import NamedEffects
from models.offer_effects import Context, OfferEffects

TYPES = ("value", "price")


def named(*offers, pull=0.2, types=TYPES, measured=True):
    assumed = OfferEffects.prior(
        [0] * len(offers), [50.0] * len(offers), len(types), order_value=1000.0, margin_share=0.3
    )
    effects = replace(assumed, pull=np.full_like(assumed.pull, pull))
    return NamedEffects(offers, types, effects, (measured,) * len(offers))


@pytest.mark.parametrize("offers", [(), ("a",), ("a", "b")])
def test_what_is_written_is_read_again(tmp_path, offers):
    file, known = tmp_path / "effects.json", named(*offers)
    file.write_text(known.to_text(), "utf-8")
    found = NamedEffects.read(file)
    assert (found.offers, found.types, found.measured) == (known.offers, known.types, known.measured)
    for name, value in vars(known.effects).items():
        np.testing.assert_array_equal(getattr(found.effects, name), value)
    context = Context(np.array([0.5]), np.array([[0.4, 0.6]]), np.array([100.0]), np.array([1.0]))
    assert found.effects.margin(context).shape == (1, len(offers))


def test_an_order_of_unknown_value_stays_unknown(tmp_path):
    known = named("a")
    unknown = replace(known, effects=replace(known.effects, order_value=float("nan")))
    (tmp_path / "e.json").write_text(unknown.to_text(), "utf-8")
    assert "NaN" not in unknown.to_text()
    assert np.isnan(NamedEffects.read(tmp_path / "e.json").effects.order_value)


def test_what_is_known_replaces_what_is_assumed_offer_by_offer():
    found = named("a", "b", pull=0.1, measured=False).with_known(named("b", "c", pull=0.7))
    assert found.measured == (False, True)
    assert found.effects.pull[:, 0].tolist() == [0.1, 0.7]
    again = named("a", measured=False).with_known(named("a", pull=0.7, measured=False))
    assert again.measured == (False,)


def test_effects_of_other_types_or_of_another_number_are_refused():
    with pytest.raises(ValueError, match="loyalty types value, new, not value, price"):
        named("a").with_known(named("a", types=("value", "new")))
    with pytest.raises(ValueError, match="2 offers and 2 loyalty types do not go with"):
        NamedEffects(("a", "b"), TYPES, named("a").effects, (True, True))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"offers": ["a"], "types": [], "effects": {}}'])
def test_a_file_of_something_else_says_what_would_mend_it(tmp_path, text):
    (tmp_path / "e.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="holds no effects of offers; run: regulars policy promote"):
        NamedEffects.read(tmp_path / "e.json")
