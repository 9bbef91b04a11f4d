"""All features: the catalogues of the streams in one, what each feature needs, and what can be built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from features.contract import TABLES
from features.kernel.declare import Feature
from features.kernel.stream import INGESTED_AT, Stream
from features.orders.catalogue import CATALOGUE as ORDER_LINES
from features.orders.measures import WEEKS
from features.streams.customers import CATALOGUE as CUSTOMERS
from features.streams.feedback import CATALOGUE as FEEDBACK
from features.streams.interactions import CATALOGUE as INTERACTIONS
from features.streams.loyalty_events import CATALOGUE as LOYALTY_EVENTS
from features.streams.offer_events import CATALOGUE as OFFER_EVENTS
from features.streams.visits import CATALOGUE as VISITS

CATALOGUES = (ORDER_LINES, CUSTOMERS, INTERACTIONS, FEEDBACK, LOYALTY_EVENTS, VISITS, OFFER_EVENTS)
STREAMS: dict[str, Stream] = {catalogue.stream.name: catalogue.stream for catalogue in CATALOGUES}
LEADING = ORDER_LINES.stream
"""Only a customer with an order line before a cutoff has a row there."""

FEATURES: dict[str, Feature] = {
    name: feature for catalogue in CATALOGUES for name, feature in catalogue.features.items()
}

_OR = " or "
_ALWAYS = frozenset(f"{LEADING.name}.{column}" for column in (*TABLES[LEADING.name].required, "line_id"))


def needs(feature: Feature) -> tuple[str, ...]:
    """What a feature is left out for want of, sorted: `table.column`, `settings.section.key`, `this or that`.

    What every shop has to bring is not named.
    """
    trace = feature.trace()
    found = {f"{name}.{STREAMS[name].sources[0].time}" for name in trace.windows}
    for stream, measure in trace.measures:
        found |= {_full(column, stream) for column in STREAMS[stream].measures[measure].columns}
    return tuple(sorted(_contract(need) for need in found if need not in _ALWAYS))


def _contract(need: str) -> str:
    """A table whose time may be missing is needed all the same: it is named by a column that it always has."""
    return "customers.customer_id" if need == "customers.valid_from" else need


def available(present: Iterable[str]) -> tuple[Feature, ...]:
    """The features that can be built where these columns and settings are there."""
    there = frozenset(present)
    return tuple(feature for feature in FEATURES.values() if can_build(feature, there))


def can_build(feature: Feature, present: frozenset[str]) -> bool:
    """Whether a feature has all that it needs."""
    return not lacking(feature, present)


def lacking(feature: Feature, present: frozenset[str]) -> tuple[str, ...]:
    """What a feature would need and is not there."""
    return tuple(need for need in needs(feature) if present.isdisjoint(need.split(_OR)))


def columns_read(features: Iterable[Feature]) -> Mapping[str, frozenset[str]]:
    """The columns that are read for features, by table; keys, times and those that may be missing included."""
    read: dict[str, set[str]] = {}
    for stream, measure in _touched(features):
        own = STREAMS[stream]
        declared = own.measures[measure]
        names = {_full(column, stream) for column in (*declared.columns, *declared.optional)}
        for source in own.sources:
            moments = {column for moment in source.moments for column in moment.columns}
            always = (*TABLES[source.table].required, source.time, *source.key, INGESTED_AT)
            names |= {f"{source.table}.{column}" for column in (*moments, *always)}
        for name in (part for need in names for part in need.split(_OR)):
            table, _, column = name.partition(".")
            read.setdefault(table, set()).add(column)
    for elsewhere in ("settings", "reference"):
        read.pop(elsewhere, None)
    return {
        table: frozenset(column.name for column in TABLES[table].columns if column.name in columns)
        for table, columns in read.items()
    }


def looks_at_weeks(features: Iterable[Feature]) -> bool:
    """Whether a feature compares with what product types were like week by week."""
    return any(WEEKS in STREAMS[stream].measures[measure].optional for stream, measure in _touched(features))


def _touched(features: Iterable[Feature]) -> set[tuple[str, str]]:
    return {pair for feature in features for pair in feature.trace().measures}


def _full(need: str, stream: str) -> str:
    """`column` of a stream's own table with the table's name before it; alternatives one by one."""
    return _OR.join(part if "." in part else f"{stream}.{part}" for part in need.split(_OR))
