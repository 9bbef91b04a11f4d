import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.feeders import reading
from features.feeders.reading import NumberedTable, few_words

IDS = pa.array(["ann", "bob", "zoë"])
TEXTS = st.none() | st.sampled_from(["ann", "bob", "zoë", "nobody", ""])


def written(folder, groups, **options):
    """A file with a group of rows for each list of texts."""
    file = folder / "table.parquet"
    schema = pa.schema([("who", pa.string()), ("word", pa.string()), ("row", pa.int64())])
    row = 0
    with pq.ParquetWriter(file, schema, **options) as writer:
        for texts in groups:
            numbers = range(row, row + len(texts))
            writer.write_table(pa.table([texts, texts, list(numbers)], schema=schema))
            row += len(texts)
    return file


@pytest.mark.parametrize("use_dictionary", [True, False])
@given(groups=st.lists(st.lists(TEXTS, min_size=1, max_size=6), max_size=4), rows=st.integers(1, 7))
def test_ids_become_numbers_and_texts_codes_whatever_the_file_holds(
    tmp_path_factory, use_dictionary, groups, rows
):
    file = written(tmp_path_factory.mktemp("read"), groups, use_dictionary=use_dictionary)
    words = few_words(file, "word")
    texts = [text for group in groups for text in group]
    assert (words.to_pylist() if words else []) == sorted({text for text in texts if text is not None})
    table = NumberedTable(
        file,
        ["who", "row", "word"],
        numbers={"who": IDS},
        words={"word": words} if words else {},
        renamed={"who": "number"},
    )
    found = pa.Table.from_batches(table.batches(rows), table.schema)
    known = IDS.to_pylist()
    assert found["number"].to_pylist() == [known.index(text) if text in known else None for text in texts]
    assert found["word"].to_pylist() == texts
    assert found["row"].to_pylist() == list(range(len(texts)))
    assert table.rows == len(texts)


def test_more_words_than_a_dictionary_should_have_stay_text(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_WORDS", 3)
    assert few_words(written(tmp_path, [["ann"], ["bob", "eve"]]), "word") is not None
    assert few_words(written(tmp_path, [["ann"], ["bob", "eve", "zoë"]]), "word") is None


def test_groups_are_read_together_until_they_hold_as_many_rows_as_there_are_ids(tmp_path):
    file = written(tmp_path, [["ann"]] * 7)
    ids = pa.array(["ann", "bob", "eve"])
    table = NumberedTable(file, ["who"], numbers={"who": ids}, words={}, renamed={})
    assert [batch.num_rows for batch in table.batches(100)] == [1] * 7
    assert table.schema.field("who").type == pa.int32()
