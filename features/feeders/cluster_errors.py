"""What goes wrong on Spark in one sentence, without the values of a row and without pages of Java."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

_RAISED = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception)): (.+)", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last)"
_CRASHED = "Python worker exited unexpectedly"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say in plain words what Spark raises inside the block.

    Raises:
        ValueError: what a worker raised as such, in its own words, or a query that does not fit the tables.
        OSError: anything else that Spark raised.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _plain(error) from error


def _plain(error: Exception) -> Exception:
    from pyspark.errors import AnalysisException, PySparkException

    text = str(error)
    if _CRASHED in text:
        return OSError(
            "a Python worker of Spark was ended, mostly for want of memory; give each core more, see docs/spark.md"
        )
    raised = _RAISED.findall(text.partition(_TRACEBACK)[2])
    if raised:
        kind, said = raised[-1]
        return (
            ValueError(said) if kind in ("ValueError", "TypeError") else OSError(f"{kind} on Spark: {said}")
        )
    if isinstance(error, AnalysisException):
        return ValueError(f"Spark: {_first_line(text)}")
    if isinstance(error, PySparkException):  # its message may hold the value that did not fit
        return OSError(f"Spark failed: {error.getCondition() or type(error).__name__}")
    return OSError(f"Spark failed: {_first_line(str(getattr(error, 'java_exception', text)))}")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "it does not say why")
