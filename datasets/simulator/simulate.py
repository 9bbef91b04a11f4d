"""The simulated shop as files: tables for the product, truth for those who judge it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from datasets.simulator.catalogue import offers_table
from datasets.simulator.marketing import decisions_table, offer_events_table, visits_table
from datasets.simulator.people import consents_table, customers_table, loyalty_events_table
from datasets.simulator.selling import order_lines_table, products_table
from datasets.simulator.shop import Level, Logging, Shop
from datasets.simulator.truth import customers_truth, decisions_truth, periods_truth, responses_truth
from datasets.simulator.voice import feedback_table, interactions_table
from datasets.simulator.world import Cell, World, draw_cell, make_world
from datasets.simulator.writing import ROW_GROUP, Files
from features.workspace import replacing_folder

Progress = Callable[[int, int], None]
"""Told the customers done and all of them."""

CURRENCY = "EUR"


def simulate(
    target: Path,
    truth: Path | None,
    *,
    customers: int,
    months: int = 24,
    seed: int = 1,
    difficulty: Level = "default",
    logging: Logging = "randomised",
    progress: Progress | None = None,
    row_group: int = ROW_GROUP,
) -> None:
    """Write a simulated shop as Parquet in the contract of `features.contract`, replacing what is there.

    Equal arguments give equal files. Customers are drawn in cells of 1,000, each from a random stream of its own,
    and written as they come: memory does not grow with their number, and rows do not depend on `row_group`.

    Args:
        target: folder of the tables. `decisions` is written only where propensities are known.
        truth: folder of what is true of the customers; not inside `target`. None writes none.
        customers: 1 or more.
        months: length of the extract, 3 or more; it begins on 2023-01-01.
        seed: 0 or more.
        difficulty: how plainly the truth shows in the tables: easy, default or hard.
        logging: `randomised` campaigns with known propensities, or `targeted` by habit, which confounds.
        progress: told customers done and all.
        row_group: rows of a table that wait in memory.

    Raises:
        ValueError: a number is out of range, a word is unknown, or one folder lies in the other.
    """
    shop = Shop(customers, months, seed, difficulty, logging)
    if truth is not None:
        _keep_apart(target, truth)
    world = make_world(shop)
    with ExitStack() as stack:
        tables = stack.enter_context(Files(stack.enter_context(replacing_folder(target)), row_group))
        facts = None
        if truth is not None:
            facts = stack.enter_context(Files(stack.enter_context(replacing_folder(truth)), row_group))
        _add_shared(world, tables)
        for number in range(shop.cells):
            _add_cell(world, draw_cell(world, number), tables, facts)
            if progress is not None:
                progress(min(customers, (number + 1) * shop.cell_size(0)), customers)


def _keep_apart(target: Path, truth: Path) -> None:
    tables, facts = target.resolve(), truth.resolve()
    if tables == facts or tables in facts.parents or facts in tables.parents:
        raise ValueError(f"truth {truth} and tables {target} share a folder; keep the truth apart from them")


def _add_shared(world: World, tables: Files) -> None:
    offers = offers_table(world.timeline.first_instant)
    tables.add("products", products_table(world))
    tables.add("offers", offers)


def _add_cell(world: World, cell: Cell, tables: Files, facts: Files | None) -> None:
    interactions, contact_texts = interactions_table(world, cell)
    feedback, feedback_texts = feedback_table(world, cell)
    tables.add("order_lines", order_lines_table(world, cell))
    tables.add("customers", customers_table(world, cell))
    tables.add("consents", consents_table(world, cell))
    tables.add("loyalty_events", loyalty_events_table(world, cell))
    tables.add("interactions", interactions)
    tables.add("feedback", feedback)
    tables.add("visits", visits_table(world, cell))
    tables.add("offer_events", offer_events_table(world, cell))
    if world.shop.logging == "randomised":
        tables.add("decisions", decisions_table(world, cell))
    if facts is not None:
        facts.add("texts", contact_texts)
        facts.add("texts", feedback_texts)
        facts.add("customers", customers_truth(world, cell))
        facts.add("periods", periods_truth(world, cell))
        facts.add("responses", responses_truth(world, cell))
        facts.add("decisions", decisions_truth(world, cell))
