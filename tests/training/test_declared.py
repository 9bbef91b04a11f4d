"""A file that declares a table is checked, and what is wrong with file or table is named."""

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from training.declared import Declared, read_declaration, read_declared_table


@pytest.fixture
def declared(tmp_path):
    def write(text, table=None):
        (tmp_path / "own.toml").write_text(text, "utf-8")
        if table is not None:
            pq.write_table(table, tmp_path / "own.parquet")
            csv.write_csv(table, tmp_path / "own.csv")
        return tmp_path / "own.toml"

    return write


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_beside_the_file_is_read_with_the_columns_that_are_named(declared, suffix):
    table = pa.table({"who": [1, 2], "x": [0.5, 1.5], "later": [9, 9]})
    file = declared(f'name = "own"\ntable = "own.{suffix}"\nid = "who"\nleave_out = ["later", "x"]', table)
    found, named = read_declared_table(read_declaration(file, Declared), ["x"])
    assert found.column_names == ["who", "x", "later"]
    assert named == ("x", "who", "later")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "is not valid TOML"),
        ('name = "Own"\ntable = "own.csv"', "name: String should match pattern"),
        ('table = "own.csv"', "name: Field required"),
        ('name = "own"\ntable = "own.csv"\ncolour = 1', "colour: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(declared, text, said):
    with pytest.raises(ValueError, match=said):
        read_declaration(declared(text), Declared)


def test_a_missing_table_and_a_missing_column_are_named(declared):
    file = declared('name = "own"\ntable = "own.csv"')
    with pytest.raises(FileNotFoundError, match=r"no table .*own\.csv"):
        read_declared_table(read_declaration(file, Declared), ["x"])
    declared(file.read_text("utf-8"), pa.table({"y": [1]}))
    with pytest.raises(ValueError, match="has no column 'x'; it has: y"):
        read_declared_table(read_declaration(file, Declared), ["x"])
