"""Consent: may a customer's data be used for a purpose at an instant?

A refusal counts as soon as it is on file, whatever instant is asked about; a grant counts from `changed_at`
until `expires_at`. The latest answer wins, on a tie the refusal. No answer is a refusal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from features.contract import PURPOSES
from features.tables.casting import literal

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_NEVER = np.iinfo(np.int64).max
_MICROSECOND = timedelta(microseconds=1)

_STANDING_GRANTS = """
    SELECT encode(customer_id) AS customer, epoch_us(changed_at) AS granted, {expires} AS expires
    FROM (
        SELECT *, max(changed_at) FILTER (status <> 'granted') OVER (PARTITION BY customer_id) AS refused_at
        FROM read_parquet({file}) WHERE purpose = {purpose}
    )
    WHERE status = 'granted' AND (refused_at IS NULL OR changed_at > refused_at)
    ORDER BY customer, granted, expires
"""


_Instants = npt.NDArray[np.int64]


class _Grants:
    """The grants of one purpose that no refusal has ended, sorted by customer (UTF-8 bytes) and time."""

    def __init__(self, customers: npt.NDArray[np.bytes_], granted: _Instants, expires: _Instants) -> None:
        self.customers = customers
        self.granted = granted
        self.expires = expires

    def hold(self, wanted: npt.NDArray[np.bytes_], at: int) -> npt.NDArray[np.bool_]:
        """Whether each customer's latest grant until `at` still holds then, bool (customers,)."""
        made = self.granted <= at
        customers, expires = self.customers[made], self.expires[made]
        if not len(customers):
            return np.zeros(len(wanted), np.bool_)
        last = np.searchsorted(customers, wanted, side="right") - 1
        held: npt.NDArray[np.bool_] = (last >= 0) & (customers[last] == wanted) & (expires[last] > at)
        return held

    def holds(self, customer: bytes, at: int) -> bool:
        """The same for one customer, without touching the others."""
        first = np.searchsorted(self.customers, np.bytes_(customer), side="left")
        end = np.searchsorted(self.customers, np.bytes_(customer), side="right")
        rows = _Grants(self.customers[first:end], self.granted[first:end], self.expires[first:end])
        return bool(rows.hold(np.array([customer]), at)[0])


class Consents:
    """The consents of the validated tables, or the basis that stands for them."""

    def __init__(self, grants: dict[str, _Grants] | None) -> None:
        self._grants = grants

    @classmethod
    def load(cls, tables_folder: Path, basis: str | None) -> Consents:
        """Read `consents.parquet`; where there is none, everything is allowed on the given basis.

        Raises:
            ValueError: there is neither a table nor a basis.
        """
        file = tables_folder / "consents.parquet"
        if file.is_file():
            return cls({purpose: _standing_grants(file, purpose) for purpose in PURPOSES})
        if basis is None:
            raise ValueError(
                f"no consents table in {tables_folder} and no basis: bring the table, or set [consent] basis"
                " in regulars.toml"
            )
        return cls(None)

    def allows(self, customer_id: str, purpose: str, at: datetime) -> bool:
        """Whether a customer's data may be used for a purpose at an instant.

        Raises:
            ValueError: the purpose is not one of the contract, or `at` has no time zone.
        """
        instant = _checked(purpose, at)
        return self._grants is None or self._grants[purpose].holds(customer_id.encode(), instant)

    def allowed_mask(
        self, customer_ids: npt.NDArray[np.object_], purpose: str, at: datetime
    ) -> npt.NDArray[np.bool_]:
        """`allows` for many customers.

        Args:
            customer_ids: ids as text, (customers,), in any order.
            purpose: profiling, marketing or personalisation.
            at: an instant.

        Returns:
            bool (customers,).

        Raises:
            ValueError: the purpose is not one of the contract, or `at` has no time zone.
        """
        instant = _checked(purpose, at)
        if self._grants is None:
            return np.ones(len(customer_ids), np.bool_)
        return self._grants[purpose].hold(_as_bytes(list(customer_ids)), instant)


def _standing_grants(file: Path, purpose: str) -> _Grants:
    with duckdb.connect() as connection:
        source = f"read_parquet({literal(str(file))})"
        names = [row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
        expires = f"coalesce(epoch_us(expires_at), {_NEVER})" if "expires_at" in names else f"{_NEVER}"
        query = _STANDING_GRANTS.format(
            expires=f"{expires}::BIGINT", file=literal(str(file)), purpose=literal(purpose)
        )
        rows = connection.sql(query).to_arrow_table()
    customers = np.array(rows.column(0).to_pylist() or [], dtype=np.bytes_)
    return _Grants(customers, rows.column(1).to_numpy(), rows.column(2).to_numpy())


def _as_bytes(customer_ids: list[str]) -> npt.NDArray[np.bytes_]:
    return np.array([customer.encode() for customer in customer_ids], dtype=np.bytes_)


def _checked(purpose: str, at: datetime) -> int:
    if purpose not in PURPOSES:
        raise ValueError(f"{purpose!r} is not a purpose; the purposes are {', '.join(PURPOSES)}")
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; give an instant, for example with tzinfo=UTC")
    return (at - _EPOCH) // _MICROSECOND
