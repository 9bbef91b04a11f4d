import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import FEATURES
from models import reasons as module
from models.numbers import numbers
from models.reasons import Money, driver_effects, driver_importance, explain, languages, reasons


def _texts(language):
    return tomllib.loads(
        (Path(module.__file__).parent / f"reasons.{language}.toml").read_text(encoding="utf-8")
    )


TEXTS = _texts("en")
every_language = pytest.mark.parametrize("language", languages())
DRIVERS = sorted({feature.driver for feature in FEATURES.values()})
GONE, HERE = [80, 10, 5000, 0.2], [2, 10, 5000, 0.2]


def _named(text):
    return re.findall(r"{(\w+)[:}]", text)


def _reason(model, driver, row, **options):
    found = reasons(model, np.array([row], np.float32), top=9, **options)[0]
    return next(reason for reason in found if reason.driver == driver)


def test_the_strongest_driver_of_a_score_comes_first(churn_model, values):
    for row in reasons(churn_model, values[:50], top=9):
        effects = np.array([reason.effect for reason in row])
        towards = effects if effects.sum() >= 0 else -effects
        assert (np.diff(towards) <= 0).all()


def test_the_effects_of_all_drivers_add_up_to_the_contributions_of_all_features(churn_model, values):
    total = [sum(reason.effect for reason in row) for row in reasons(churn_model, values, top=9)]
    assert total == pytest.approx(churn_model.contributions(values)[:, 1].sum(axis=1))


def test_features_of_one_driver_are_one_reason(churn_model, values):
    drivers = [reason.driver for reason in reasons(churn_model, values[:1], top=9)[0]]
    assert sorted(drivers) == ["coupons", "recency", "rhythm", "spend"]


def test_no_more_reasons_are_given_than_were_asked_for(churn_model, values):
    assert {len(row) for row in reasons(churn_model, values[:5], top=2)} == {2}


def test_nobody_has_no_reasons(churn_model):
    assert reasons(churn_model, np.empty((0, 4), np.float32)) == []


def test_a_positive_effect_speaks_for_leaving_and_a_negative_one_against_it(churn_model):
    gone, here = _reason(churn_model, "recency", GONE), _reason(churn_model, "recency", HERE)
    assert gone.effect > 0 > here.effect
    assert gone.text == TEXTS["recency"][0].format(days_since_last_order="80 days", cadence_days="10 days")
    assert here.text == TEXTS["recency"][0].format(days_since_last_order="2 days", cadence_days="10 days")


def test_a_reason_carries_the_numbers_that_its_text_names(churn_model, values):
    known = dict(zip(churn_model.features, values[1].tolist(), strict=True))
    for reason in reasons(churn_model, values[1:2], top=9)[0]:
        said = [text for text in TEXTS[reason.driver] if set(_named(text)) == set(reason.features)]
        assert any(re.fullmatch(re.sub(r"{\w+}", "[0-9].*", text), reason.text) for text in said)
        assert reason.features == {name: known[name] for name in reason.features}


@pytest.mark.parametrize(
    ("minor_units", "money", "shown"),
    [
        (1_234_567, Money("EUR", 2), "12,346 EUR"),
        (1_234_567, Money("JPY", 0), "1,234,567 JPY"),
        (4_900, Money(), "49"),
        (-20, Money("EUR", 2), "0 EUR"),
    ],
)
def test_money_is_shown_in_whole_units_of_the_currency(churn_model, minor_units, money, shown):
    reason = _reason(churn_model, "spend", [5, 10, minor_units, 0.2], money=money)
    assert f" {shown} in the last 90 days" in reason.text


@pytest.mark.parametrize(
    ("days", "shown"), [(1, "1 day "), (2, "2 days "), (2.25, "2.2 days "), (30.4, "30 days ")]
)
def test_a_number_is_shown_with_its_unit_as_a_person_writes_it(churn_model, days, shown):
    assert f" {shown}" in _reason(churn_model, "recency", [days, 10, 5000, 0.2]).text


def test_a_share_is_shown_in_per_cent(churn_model):
    assert "42%" in _reason(churn_model, "coupons", [5, 10, 5000, 0.417]).text


def test_an_unknown_number_is_never_shown(churn_model):
    for row in ([np.nan] * 4, [80, np.nan, 5000, np.nan]):
        for reason in reasons(churn_model, np.array([row], np.float32), top=9)[0]:
            assert "nan" not in reason.text.lower()
            assert "{" not in reason.text


def test_without_any_known_number_the_plain_text_is_said(churn_model):
    nothing = reasons(churn_model, np.full((1, 4), np.nan, np.float32), top=9)[0]
    assert {reason.text for reason in nothing if reason.driver != "rhythm"} == {
        TEXTS[driver][-1] for driver in ("recency", "spend", "coupons")
    }
    assert all(reason.features == {} for reason in nothing)


@pytest.mark.parametrize("language", ["xx", "../secrets", "EN", ""])
def test_an_unknown_language_is_refused_with_those_that_there_are(churn_model, values, language):
    with pytest.raises(ValueError, match=rf"no reasons in language '{re.escape(language)}'; there are: .*en"):
        reasons(churn_model, values[:1], language=language)


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_of_the_catalogue_has_something_to_say_whatever_is_unknown(driver):
    assert all(TEXTS[driver])
    assert not _named(TEXTS[driver][-1])


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_text_names_features_of_the_catalogue_only(driver):
    assert {name for text in TEXTS[driver] for name in _named(text)} <= set(FEATURES)


def test_the_language_file_speaks_of_no_driver_that_does_not_exist():
    assert set(TEXTS) == set(DRIVERS)


@every_language
def test_every_language_says_of_each_driver_the_same_numbers_in_the_same_order_of_texts(language):
    texts = _texts(language)
    assert texts.keys() == TEXTS.keys()
    for driver, sentences in texts.items():
        assert [_named(text) for text in sentences] == [_named(text) for text in TEXTS[driver]]


@every_language
def test_no_sentence_asks_for_a_form_or_a_unit_that_the_language_does_not_have(language):
    units = numbers(language).units
    for name, form in re.findall(r"{(\w+):?(\w*)}", str(_texts(language))):
        unit = FEATURES[name].unit
        assert unit in {"share", "minor units"} | units.keys()
        assert form in {"", "number"} | units.get(unit, {}).keys()


def test_a_reason_is_told_in_another_language_with_its_numbers(churn_model):
    recency = _reason(churn_model, "recency", GONE, language="de")
    assert recency.text == "Letzte Bestellung vor 80 Tagen; üblicher Abstand 10 Tage"
    spend = _reason(churn_model, "spend", [5, 10, 1_234_567, 0.2], language="de", money=Money("EUR"))
    assert spend.text == "In den letzten 90 Tagen 12.346 € ausgegeben"


def test_the_language_changes_the_words_and_nothing_else(churn_model, values):
    for english, german in zip(
        reasons(churn_model, values[:20]), reasons(churn_model, values[:20], language="de"), strict=True
    ):
        assert [reason.effect for reason in english] == [reason.effect for reason in german]
        assert [reason.features for reason in english] == [reason.features for reason in german]


def test_what_speaks_against_leaving_is_every_negative_effect_the_strongest_first(churn_model, values):
    for found in explain(churn_model, values[:50], top=9):
        negative = sorted(reason.effect for reason in found.reasons if reason.effect < 0)
        assert [reason.effect for reason in found.against] == negative
        assert all(reason.against for reason in found.against)
        assert all(reason.against == (reason.effect < 0) for reason in found.reasons)


def test_the_evidence_of_a_reason_is_the_number_and_the_contribution_of_each_feature(churn_model, values):
    parts = churn_model.contributions(values[:1])[0, 1]
    for reason in reasons(churn_model, values[:1], top=9)[0]:
        assert sum(found.contribution for found in reason.evidence) == pytest.approx(reason.effect)
        for found in reason.evidence:
            at = churn_model.features.index(found.feature)
            assert found.contribution == parts[at]
            known = values[0, at]
            assert found.value == (None if np.isnan(known) else known)


def test_an_explanation_as_json_has_null_where_a_number_is_not_known(churn_model):
    [found] = explain(churn_model, np.full((1, 4), np.nan, np.float32), top=9)
    text = json.dumps(found.to_json(), allow_nan=False)
    assert '"value": null' in text


def test_importance_is_the_mean_size_of_the_effects_and_the_largest_comes_first(churn_model, values):
    importance = driver_importance(churn_model, values)
    effects = [abs(_of(row, "recency")) for row in reasons(churn_model, values, top=9)]
    assert next(iter(importance)) == "recency"
    assert importance["recency"] == pytest.approx(np.mean(effects))
    assert list(importance.values()) == sorted(importance.values(), reverse=True)


def _of(row, driver):
    return next(reason.effect for reason in row if reason.driver == driver)


def test_importance_in_a_model_of_several_labels_is_the_mean_over_all_of_them(type_model, values):
    effects = np.abs(type_model.contributions(values))
    one_driver_a_feature = {name: effects[..., i].mean() for i, name in enumerate(type_model.features)}
    importance = driver_importance(type_model, values)
    assert sum(importance.values()) <= sum(one_driver_a_feature.values()) * (1 + 1e-9)
    assert importance["coupons"] == pytest.approx(one_driver_a_feature["coupon_line_share_90d"])


def test_effects_are_not_negative_and_their_mean_is_the_importance(churn_model, values):
    drivers, effects = driver_effects(churn_model, values)
    assert effects.shape == (len(values), len(drivers))
    assert (effects >= 0).all()
    assert dict(zip(drivers, effects.mean(axis=0), strict=True)) == pytest.approx(
        driver_importance(churn_model, values)
    )
