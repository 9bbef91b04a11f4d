from __future__ import annotations

from pathlib import Path

from features.contract import TABLES
from features.tables.documentation import contract_markdown

PAGE = Path(__file__).parents[3] / "docs" / "tables.md"


def test_the_page_in_docs_is_the_one_that_the_contract_generates():
    assert PAGE.read_text(encoding="utf-8") == contract_markdown(), (
        'write it anew: python -c "from pathlib import Path; from features.tables.documentation import'
        " contract_markdown; Path('docs/tables.md').write_text(contract_markdown())\""
    )


def test_every_column_of_every_table_is_on_the_page():
    lines = contract_markdown().splitlines()
    for table in TABLES.values():
        section = lines[lines.index(f"## {table.name}") :]
        for column in table.columns:
            assert any(line.startswith(f"| `{column.name}` | {column.kind} |") for line in section)
