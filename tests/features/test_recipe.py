"""The recipe of CONTRIBUTING.md for a new feature, followed to the letter in a copy of the code."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("features", "models", "tests/features/orders", "tests/features/__init__.py", "tests/__init__.py")
REPORT = """
from features.catalogue import FEATURES
from features.dictionary import dictionary_markdown
from features.kernel.declare import schema_hash
print(schema_hash(FEATURES), [line for line in dictionary_markdown().splitlines() if "dear_line_count" in line])
"""


def blocks():
    """The code of the recipe: measure, feature, oracle."""
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Add a feature")[1].split("\n## ")[0]
    return [textwrap.dedent(code) for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL)]


def run(folder, *arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    return tmp_path


def append(file, code):
    file.write_text(f"{file.read_text('utf-8')}\n\n{code}", "utf-8")


@pytest.mark.slow
def test_whoever_follows_the_recipe_has_a_feature_that_passes_every_check(copy):
    measure, feature, oracle = blocks()
    before = run(copy, "-c", REPORT).stdout
    append(copy / "features/orders/measures.py", measure)
    append(copy / "features/orders/catalogue.py", feature)
    after = run(copy, "-c", REPORT).stdout
    assert before.split()[0] != after.split()[0]
    assert after.count("Lines sold for 100.00 or more.") == 3
    checks = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/features/orders/test_catalogue.py")
    forgotten = run(copy, *checks)
    assert "dear_line_count" in forgotten.stdout, "the oracle has to be missed"
    file = copy / "tests/features/orders/oracle.py"
    text = file.read_text("utf-8")
    assert text.count('            "line_count": len(sold),\n') == 1
    spread = textwrap.indent(oracle, 12 * " ")
    file.write_text(
        text.replace(
            '            "line_count": len(sold),\n', spread + '            "line_count": len(sold),\n'
        )
    )
    passed = run(copy, *checks)
    assert passed.returncode == 0, passed.stdout[-2000:]
