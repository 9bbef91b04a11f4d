"""Prometheus metrics by route template, so that they do not grow with ids; right for several workers.

BentoML's own metrics label by raw path and are off. Where `PROMETHEUS_MULTIPROC_DIR` is set, as it is in
every worker, each process counts in its own file there and any of them answers with the sum.
"""

from __future__ import annotations

import os
from http import HTTPMethod

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "observe_request"]

_REGISTRY = CollectorRegistry()
_METHODS = frozenset(method.value for method in HTTPMethod)
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)

REQUESTS = Counter(
    "regulars_requests_total",
    "Requests answered, by route template.",
    ("method", "route", "status"),
    registry=_REGISTRY,
)
SECONDS = Histogram(
    "regulars_request_seconds",
    "Time from request to answer, by route template.",
    ("route",),
    buckets=_SECONDS,
    registry=_REGISTRY,
)
DECISIONS = Counter(
    "regulars_decisions_total",
    "Offer decisions recorded, by whether any offer was made.",
    ("outcome",),
    registry=_REGISTRY,
)
EVENTS = Counter(
    "regulars_offer_events_total", "Offer events recorded, by kind.", ("event",), registry=_REGISTRY
)
REFUSED = Counter(
    "regulars_generations_refused_total",
    "Generations that were incomplete or not what their manifest says.",
    registry=_REGISTRY,
)
CREATED = Gauge(
    "regulars_generation_created_timestamp_seconds",
    "When the generation that is served was built, seconds since 1970.",
    registry=_REGISTRY,
    multiprocess_mode="mostrecent",
)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    REQUESTS.labels(method if method in _METHODS else "other", route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def exposition() -> bytes:
    """All metrics in the text format of Prometheus, summed over the workers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(_REGISTRY)
    summed = CollectorRegistry()
    multiprocess.MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
    return generate_latest(summed)
