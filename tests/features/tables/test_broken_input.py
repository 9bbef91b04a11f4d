"""Every table is fed 200 kinds of damage of `tests/broken`; what has to hold is in `tests/broken/properties.py`."""

from __future__ import annotations

from itertools import chain

import pytest

from features.contract import PRODUCTS, TABLES, VISITS
from tests.broken.catalogue import groups, kinds, share
from tests.broken.delivery import deliver, digest
from tests.broken.properties import Bench

LEAST = 200
EVERY_GROUP = tuple(groups(PRODUCTS))


def test_a_sample_of_broken_input_is_used_quarantined_or_refused(tmp_path):
    bench = Bench(tmp_path, VISITS)
    broken = [problem for damage in kinds(VISITS)[::40] for problem in bench.problems(damage)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.slow
@pytest.mark.parametrize("group", EVERY_GROUP)
@pytest.mark.parametrize("name", TABLES)
def test_broken_input_is_used_quarantined_or_refused_with_a_message(tmp_path, name, group):
    bench = Bench(tmp_path, TABLES[name])
    broken = [problem for damage in share(TABLES[name])[group] for problem in bench.problems(damage)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_fed_two_hundred_kinds_of_damage(name):
    assert len(list(chain(*share(TABLES[name]).values()))) >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_no_two_kinds_of_damage_are_equal(tmp_path, name):
    found: dict[str, str] = {}
    for damage in kinds(TABLES[name]):
        twin = found.setdefault(digest(deliver(damage, tmp_path, TABLES[name])), damage.name)
        assert twin == damage.name, f"{damage.name} is {twin}"


def test_every_kind_of_damage_is_done_to_some_table():
    done = {damage.name for table in TABLES.values() for damage in chain(*share(table).values())}
    shared = {damage.name for damage in kinds(PRODUCTS)} & {damage.name for damage in kinds(VISITS)}
    assert shared <= done
