import pyarrow as pa
import pyarrow.parquet as pq

from datasets.simulator.writing import Files


def test_rows_wait_until_there_are_enough_for_a_row_group(tmp_path):
    with Files(tmp_path, row_group=4) as files:
        for number in range(5):
            files.add("numbers", pa.table({"n": [number, number]}))
    written = pq.ParquetFile(tmp_path / "numbers.parquet")
    assert [written.metadata.row_group(at).num_rows for at in range(written.num_row_groups)] == [4, 4, 2]
    assert written.read()["n"].to_pylist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_a_table_of_no_rows_is_a_file_too(tmp_path):
    with Files(tmp_path) as files:
        files.add("nothing", pa.table({"n": pa.array([], pa.int64())}))
    assert pq.read_table(tmp_path / "nothing.parquet").num_rows == 0
