"""The tables `interactions` and `feedback`, and the truth behind each text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.simulator.arrival import arrive
from datasets.simulator.choice import TYPES
from datasets.simulator.columns import contract_table, customer_ids, ids, instants, numbers, row_ids, words
from datasets.simulator.feedback import KINDS, NOBODY, QUESTIONS, SCALES, Feedback, draw_feedback
from datasets.simulator.service import CHANNELS, Contacts, draw_contacts
from datasets.simulator.streams import stream
from datasets.simulator.texts import ASPECTS, write_texts
from datasets.simulator.world import Cell, World

Integers = NDArray[np.int64]

TEXT_TRUTH = pa.schema(
    [
        ("table", pa.string()),
        ("row_id", pa.string()),
        ("customer_id", pa.string()),
        ("language", pa.string()),
        ("polarity", pa.int8()),
        ("aspect", pa.string()),
    ]
)


def interactions_table(world: World, cell: Cell) -> tuple[pa.Table, pa.Table]:
    """Contacts known by the end of the extract, and the truth about their texts."""
    contacts = draw_contacts(world, cell)
    random = stream(world.shop.seed, "texts", cell.number)
    end, traits = world.timeline.end_instant, cell.people.traits
    known = arrive(random, contacts.opened)
    keep = (known < end) & ~traits.erased[contacts.customer]
    text, language = write_texts(
        random, traits.language[contacts.customer], contacts.aspect, contacts.polarity
    )
    key = row_ids("I", cell.number, len(known))
    written = pa.array(contacts.written)
    table = contract_table(
        "interactions",
        {
            "interaction_id": key,
            "customer_id": customer_ids(traits.number[contacts.customer]),
            "opened_at": instants(contacts.opened),
            "channel": words(CHANNELS, contacts.channel),
            "topic": pc.if_else(pa.array(contacts.complaint), words(ASPECTS, contacts.aspect), "question"),
            **_outcome(contacts, end),
            "agent_id": ids("A", contacts.agent),
            "text": pc.if_else(written, pa.array(text, pa.string()), None),
            "language": pc.if_else(written, pa.array(language, pa.string()), None),
            "ingested_at": instants(known),
        },
    )
    truth = _truth("interactions", key, table["customer_id"], language, contacts.polarity, contacts.aspect)
    return table.filter(pa.array(keep)), truth.filter(pa.array(keep & contacts.written))


def _outcome(contacts: Contacts, end: int) -> dict[str, pa.Array]:
    """What became of the contacts, as far as it is known by the end of the extract."""

    def until(at: Integers) -> pa.Array:
        return instants(np.where(at < end, at, 0))

    return {
        "first_response_at": until(contacts.answered),
        "resolved_at": until(contacts.resolved),
        "due_at": instants(contacts.due),
        "reopened_at": until(contacts.reopened),
        "csat": numbers(np.where(contacts.csat_at < end, contacts.csat, np.nan)),
        "csat_at": until(contacts.csat_at),
    }


def feedback_table(world: World, cell: Cell) -> tuple[pa.Table, pa.Table]:
    """Answers known by the end of the extract, and the truth about their texts."""
    said = draw_feedback(world, cell)
    random = stream(world.shop.seed, "feedback_texts", cell.number)
    traits = cell.people.traits
    known = arrive(random, said.given)
    keep = (known < world.timeline.end_instant) & ~traits.erased[said.writer]
    text, language = write_texts(random, traits.language[said.writer], said.aspect, said.polarity)
    key = row_ids("F", cell.number, len(said))
    written, answers = pa.array(said.written), words(TYPES, said.answer)
    names = pc.if_else(pa.array(said.customer != NOBODY), customer_ids(traits.number[said.writer]), None)
    low, high = _scales(said)
    table = contract_table(
        "feedback",
        {
            "feedback_id": key,
            "given_at": instants(said.given),
            "kind": words(KINDS, said.kind),
            "customer_id": names,
            "question": words(QUESTIONS, said.question),
            "score": numbers(said.score),
            "scale_min": numbers(low),
            "scale_max": numbers(high),
            "text": pc.if_else(written, pa.array(text, pa.string()), answers),
            "language": pc.if_else(written, pa.array(language, pa.string()), None),
            "channel": words(("email", "web", "social"), np.where(said.kind == 4, 2, said.kind == 3)),
            "ingested_at": instants(known),
        },
    )
    truth = _truth("feedback", key, names, language, said.polarity, said.aspect)
    return table.filter(pa.array(keep)), truth.filter(pa.array(keep & said.written))


def _scales(said: Feedback) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = np.full(len(said), np.nan), np.full(len(said), np.nan)
    for kind, (least, most) in SCALES.items():
        low[said.kind == kind], high[said.kind == kind] = least, most
    return low, high


def _truth(
    table: str, key: pa.Array, customer: pa.Array, language: list[str], polarity: Integers, aspect: Integers
) -> pa.Table:
    columns = [
        [table] * len(key),
        key,
        customer,
        language,
        pa.array(polarity, pa.int8()),
        words(ASPECTS, aspect),
    ]
    return pa.table(columns, schema=TEXT_TRUTH)
