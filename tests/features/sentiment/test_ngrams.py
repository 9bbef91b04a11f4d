import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.ngrams import BUCKETS, FIRST_WORD, counts

TEXTS = st.lists(st.text(max_size=80), max_size=8)


def characters(text):
    row = counts([text])
    return row[:, :FIRST_WORD].sum()


def words(text):
    row = counts([text])
    return row[:, FIRST_WORD:].sum()


def buckets(text):
    return set(counts([text]).indices.tolist())


def test_a_word_gives_its_character_n_grams_with_its_edges():
    # of "_ab_", edges included: a, b; _a, ab, b_; _ab, ab_; _ab_
    assert characters("ab") == 8


def test_words_give_themselves_and_their_pairs():
    assert words("one two three") == 3 + 2


def test_punctuation_and_emoji_are_tokens():
    assert words("good!!") == 2 + 1
    assert words("🙂🙁") == 2 + 1


def test_a_letter_and_its_signs_count_as_one_character():
    assert characters("की") == characters("क")
    assert buckets("की") != buckets("क")


def test_a_run_without_spaces_gives_no_edges_and_its_characters_as_words():
    assert characters("好看") == 3
    assert words("好看") == 3


def test_a_word_of_thai_is_found_inside_a_run():
    assert buckets("ดีมาก") <= buckets("สินค้าดีมากครับ")


def test_n_grams_do_not_cross_from_one_word_into_the_next():
    joined, apart = buckets("goodlamp"), buckets("good lamp")
    assert buckets("good") <= apart
    assert not buckets("good") <= joined


def test_a_sequence_of_emoji_with_joiners_and_skin_tones_reads_as_the_plain_ones():
    assert buckets("👍🏽") == buckets("👍")
    assert buckets("❤\ufe0f") == buckets("❤")


def test_repeated_letters_read_as_two_and_repeated_digits_as_they_are():
    assert buckets("soooooo") == buckets("soo") != buckets("so")
    assert buckets("1000") != buckets("100")


def test_accents_and_forms_of_arabic_letters_do_not_matter():
    assert buckets("mulțumită") == buckets("multumita")
    assert buckets("أحمد كتاب") == buckets("احمد کتاب")


def test_an_apostrophe_parts_words():
    assert buckets("l'ami") == buckets("l’ami") == buckets("l ami")


def test_direction_marks_do_not_matter():
    assert buckets("\u200fשירות טוב\u200e") == buckets("שירות טוב")


@given(TEXTS)
def test_a_row_does_not_depend_on_the_other_texts(texts):
    together = counts(texts)
    assert together.shape == (len(texts), BUCKETS)
    for row, text in enumerate(texts):
        assert (together[[row]] != counts([text])).nnz == 0


@given(st.text(st.characters(codec=None), max_size=200))
def test_no_text_raises_and_counts_are_whole(text):
    data = counts([text]).data
    assert data.dtype == np.float32
    assert (data >= 1).all()
    assert (data == np.round(data)).all()


@pytest.mark.parametrize(
    "raw", [None, b"\x00\xff", 3.5, float("nan"), "\ud800", "\U000e0041", "\U0010ffff", "   "]
)
def test_cells_without_a_text_are_rows_like_others(raw):
    assert counts([raw, "good"]).shape[0] == 2


def test_texts_longer_than_one_piece_of_memory_give_the_same_rows():
    long = ["good lamp " * 600] * 120
    many = counts(long)
    assert (many[[0]] != many[[119]]).nnz == 0
    assert (many[[0]] != counts(long[:1])).nnz == 0


def test_buckets_are_the_same_in_every_process():
    text = "Livrare rapidă, 好看 👍"
    code = f"from features.sentiment.ngrams import counts; print(sorted(counts([{text!r}]).indices.tolist()))"
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] == f"{sorted(buckets(text))}\n"


def test_buckets_of_released_models_stay_where_they_are():
    assert sorted(buckets("a")) == [15046, 63472, 92428, 101726, 172463]
    assert sorted(buckets("好🙂")) == [9726, 97162, 181441, 228234]
