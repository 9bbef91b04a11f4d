import pytest

from features.contract import ASPECTS
from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of, over_windows


def told(*rows, at=CUTOFF, **other):
    return features_of("ann", at, feedback=rows, **other)


def answer(kind, score, given_at, **other):
    return {"kind": kind, "score": score, "given_at": given_at, **other}


UNHAPPY = {f"unhappy_about_{aspect}_count_365d" for aspect in ASPECTS}


def written(polarity, given_at, kind="review"):
    return {"kind": kind, "polarity": polarity, "given_at": given_at}


def test_a_promoter_of_winter_who_gives_a_six_in_may_is_a_detractor():
    found = told(answer("nps", 9, "2024-02-01"), answer("nps", 6, "2024-05-10"))
    assert found["last_nps"] == 6
    assert found["mean_nps_90d"] == 6
    assert found["mean_nps_365d"] == 7.5
    assert found["lowest_nps_365d"] == 6
    assert found["nps_trend"] == -1.5
    assert found["nps_state"] == -1


@pytest.mark.parametrize(
    ("score", "state"), [(10, 1), (9, 1), (8, 0), (7, 0), (6, -1), (0, -1), (None, UNKNOWN)]
)
def test_nine_and_ten_are_promoters_seven_and_eight_passives_and_the_rest_detractors(score, state):
    assert told(answer("nps", score, "2024-05-10"))["nps_state"] == state


def test_satisfaction_that_falls_from_five_over_four_to_three_has_a_trend_of_minus_one():
    long_ago = answer("csat", 5, "2023-05-01")  # 397 days before the cutoff
    found = told(long_ago, answer("csat", 4, "2024-03-10"), answer("csat", 3, "2024-05-20"))
    assert found["last_csat"] == 3
    assert found["csat_trend"] == -1  # less the mean of all three
    assert found["mean_csat_90d"] == 3.5
    assert found["mean_csat_365d"] == 3.5
    assert found["lowest_csat_365d"] == 3


def test_the_loyalty_index_is_the_mean_of_its_three_questions():
    scores = {"recommend": 6, "buy again": 5, "try others": 1}
    found = told(*(answer("cli", score, "2024-05-20", question=q) for q, score in scores.items()))
    assert found["mean_cli_90d"] == 4
    assert found["lowest_cli_365d"] == 1
    assert found["survey_answer_count_30d"] == 3


def test_a_kind_of_survey_does_not_mix_with_another():
    found = told(answer("csat", 2, "2024-05-20"), answer("nps", 10, "2024-05-10"))
    assert (found["last_csat"], found["last_nps"]) == (2, 10)
    assert found["last_cli"] is UNKNOWN
    assert found["csat_trend"] == found["nps_trend"] == 0


@pytest.mark.parametrize(
    ("kind", "score", "low", "high", "usual"),
    [
        ("csat", 8, 0, 10, 4.2),  # four fifths of the way from 1 to 5
        ("csat", 3, None, None, 3),
        ("nps", 5, 1, 5, 10),
        ("nps", 4, 1, 5, 7.5),
        ("cli", 0, 0, 100, 1),
        ("cli", 100, 0, 100, 6),
    ],
)
def test_an_answer_on_another_scale_is_moved_to_the_usual_one(kind, score, low, high, usual):
    found = told(answer(kind, score, "2024-05-20", scale_min=low, scale_max=high))
    assert found[f"last_{kind}"] == pytest.approx(usual)
    assert found[f"mean_{kind}_90d"] == pytest.approx(usual)
    assert found[f"lowest_{kind}_365d"] == pytest.approx(usual)


def test_an_answer_without_a_score_leaves_the_latest_one_as_it_was():
    found = told(answer("nps", 8, "2024-05-10"), answer("nps", None, "2024-05-20"))
    assert found["last_nps"] == 8
    assert found["mean_nps_90d"] == 8
    assert found["days_since_last_feedback"] == 12


def test_surveys_reviews_and_mentions_are_counted_apart():
    kinds = ("nps", "csat", "cli", "survey", "review", "review", "mention")
    found = told(*({"kind": kind, "given_at": "2024-05-20"} for kind in kinds))
    assert found["survey_answer_count_30d"] == 4
    assert found["review_count_30d"] == 2
    assert found["mention_count_30d"] == 1
    assert found["last_polarity"] is UNKNOWN


def test_what_others_say_does_not_count():
    others = {"customer_id": "bob", "kind": "mention", "given_at": "2024-05-20", "polarity": -1.0}
    found = told(written(0.5, "2024-05-10"), others)
    assert found["mention_count_365d"] == 0
    assert found["lowest_polarity_365d"] == 0.5
    assert found["days_since_last_feedback"] == 22


# --- what was written -----------------------------------------------------------------------------------------


def test_what_is_written_turns_sour():
    found = told(written(0.9, "2023-12-01"), written(-0.8, "2024-03-05"), written(0.2, "2024-05-20"))
    assert found["last_polarity"] == pytest.approx(0.2)
    assert found["mean_polarity_90d"] == pytest.approx(-0.3)
    assert found["mean_polarity_365d"] == pytest.approx(0.1)
    assert found["polarity_trend_90_365"] == pytest.approx(-0.4)
    assert found["lowest_polarity_365d"] == pytest.approx(-0.8)
    assert found["negative_text_share_90d"] == 0.5
    assert found["negative_text_share_365d"] == pytest.approx(1 / 3)


def test_a_neutral_text_is_not_negative_and_one_that_nobody_judged_is_no_text():
    found = told(written(0.0, "2024-05-05"), written(-0.5, "2024-05-10"), written(None, "2024-05-20"))
    assert found["negative_text_share_90d"] == 0.5
    assert found["mean_polarity_90d"] == -0.25
    assert found["last_polarity"] == -0.5
    assert found["review_count_30d"] == 3


# --- what counts at a cutoff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "count", "last"), [(JUST_BEFORE, 2, 2), (CUTOFF, 1, 9)])
def test_an_answer_just_before_the_cutoff_counts_and_one_at_it_does_not(given, count, last):
    found = told(answer("nps", 9, "2024-05-10"), answer("nps", 2, given, polarity=-1.0))
    assert found["survey_answer_count_30d"] == count
    assert found["last_nps"] == last
    assert found["lowest_nps_365d"] == last
    assert found["last_polarity"] == (-1 if count == 2 else UNKNOWN)


@pytest.mark.parametrize(("given", "mean"), [("2024-03-03", 4), ("2024-03-02 23:59:59.999999", UNKNOWN)])
def test_a_window_begins_with_the_answer_exactly_90_days_before_the_cutoff(given, mean):
    found = told(answer("csat", 4, given))
    assert found["mean_csat_90d"] == mean
    assert found["mean_csat_365d"] == 4


@pytest.mark.parametrize(("ingested", "last"), [(None, 2), (JUST_BEFORE, 2), (CUTOFF, 9), ("2024-06-02", 9)])
def test_an_answer_that_became_known_at_the_cutoff_or_later_does_not_count(ingested, last):
    late = answer("nps", 2, "2024-05-20", ingested_at=ingested)
    found = told(answer("nps", 9, "2024-05-10"), late)
    assert found["last_nps"] == last
    assert found["survey_answer_count_30d"] == (2 if last == 2 else 1)


def test_in_an_empty_window_means_are_unknown_but_the_latest_answer_is_not():
    found = told(answer("csat", 4, "2023-01-01", polarity=0.5))
    assert found["last_csat"] == 4
    assert found["csat_trend"] == 0
    assert found["last_polarity"] == 0.5
    assert found["mean_csat_365d"] is found["lowest_csat_365d"] is UNKNOWN
    assert found["mean_polarity_365d"] is found["lowest_polarity_365d"] is UNKNOWN
    assert found["survey_answer_count_365d"] == 0


def test_of_who_never_said_anything_only_counts_are_known():
    found = told()
    counts = over_windows("survey_answer_count", "review_count", "mention_count") | UNHAPPY
    assert {name: value for name, value in found.items() if value is not UNKNOWN} == dict.fromkeys(counts, 0)


def test_a_text_of_two_aspects_counts_for_both_where_it_is_negative():
    bad = written(-0.4, "2024-05-10") | {"aspects": "delivery,price"}
    good = written(0.4, "2024-05-11") | {"aspects": "delivery"}
    found = told(bad, good, written(-0.1, "2024-05-12"))
    assert [found[f"unhappy_about_{aspect}_count_365d"] for aspect in ("delivery", "price", "quality")] == [
        1,
        1,
        0,
    ]


# --- columns that were not brought ----------------------------------------------------------------------------

ONE = answer("nps", 8, "2024-05-10", polarity=0.5)


def test_without_scores_the_features_of_answers_are_left_out_and_the_others_stay_as_they_are():
    found = told(ONE, without=["feedback.score"])
    of_kinds = {name for kind in ("nps", "csat", "cli") for name in of_answers(kind)}
    assert told(ONE).keys() - found.keys() == of_kinds | {"nps_state"}
    assert found.items() < told(ONE).items()


def of_answers(kind):
    return {f"last_{kind}", f"mean_{kind}_90d", f"mean_{kind}_365d", f"lowest_{kind}_365d", f"{kind}_trend"}


def test_without_polarity_the_features_of_texts_are_left_out_and_the_others_stay_as_they_are():
    found = told(ONE, without=["feedback.polarity"])
    assert told(ONE).keys() - found.keys() == {
        "last_polarity",
        "lowest_polarity_365d",
        "polarity_trend_90_365",
        *over_windows("mean_polarity", "negative_text_share", days=(90, 365)),
        *UNHAPPY,
    }
    assert found.items() < told(ONE).items()


def test_without_scales_nothing_is_left_out_and_the_usual_scale_is_meant():
    on_five = answer("nps", 5, "2024-05-10", scale_min=1, scale_max=5)
    found = told(on_five, without=["feedback.scale_min", "feedback.scale_max"])
    assert found.keys() == told(on_five).keys()
    assert (found["last_nps"], told(on_five)["last_nps"]) == (5, 10)
