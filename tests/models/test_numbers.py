import pytest

from features.catalogue import FEATURES
from models.numbers import Money, language_file, languages, numbers

GERMAN, ENGLISH = numbers("de"), numbers("en")
every_language = pytest.mark.parametrize("language", languages())


@pytest.mark.parametrize(
    ("language", "written"), [("de", "1.234,50 €"), ("en", "1,234.50 EUR")], ids=["German", "English"]
)
def test_an_amount_is_written_as_the_language_does(language, written):
    assert Money("EUR").written(123_450, language) == written


@pytest.mark.parametrize(
    ("minor_units", "money", "written"),
    [
        (123_460, Money("EUR"), "1.235 €"),
        (1_234_567, Money("JPY", 0), "1.234.567 JPY"),
        (4_900, Money(), "49"),
        (-20, Money("EUR"), "0 €"),
        (-123_400, Money("GBP"), "-1.234 £"),
    ],
)
def test_in_a_sentence_an_amount_is_in_whole_units_of_the_currency(minor_units, money, written):
    assert money.written(minor_units, "de", whole=True) == written


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        (1, "", "1 Tag"),
        (1, "dative", "1 Tag"),
        (80, "", "80 Tage"),
        (80, "dative", "80 Tagen"),
        (2.25, "dative", "2,2 Tagen"),
        (1234, "number", "1.234"),
        (0, "", "0 Tage"),
    ],
)
def test_a_quantity_is_written_in_the_form_that_the_sentence_asks_for(value, form, written):
    assert format(GERMAN.quantity(value, "days"), form) == written


def test_a_form_that_a_unit_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ValueError, match="unit 'Fälle' has no form 'genitive'; it has: one, many"):
        format(GERMAN.quantity(3, "cases"), "genitive")


def test_a_share_is_written_in_whole_per_cent():
    assert (GERMAN.per_cent(0.417), ENGLISH.per_cent(0.417)) == ("42 %", "42%")


def test_languages_are_those_that_come_along():
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", ["xx", "../secrets", "EN", ""])
def test_an_unknown_language_is_refused_with_those_that_there_are(language):
    with pytest.raises(ValueError, match=f"no numbers in language '{language}'; there are: de, en"):
        language_file("numbers", language)


@every_language
def test_every_language_has_a_word_for_the_same_units_of_the_catalogue(language):
    units = numbers(language).units
    assert set(units) == set(ENGLISH.units)
    assert set(units) <= {feature.unit for feature in FEATURES.values()}
    assert all({"one", "many"} <= set(words) for words in units.values())
