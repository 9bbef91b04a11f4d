"""A feature matrix: one row for each customer and cutoff, as models read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.kernel.declare import schema_hash
from features.workspace import replacing_file


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of customers at cutoffs.

    Attributes:
        customer_ids: shape (rows,), str objects; rows are ordered by (cutoff, customer).
        cutoffs: shape (rows,), datetime64[us], UTC.
        names: the columns of `values`, in order.
        values: shape (rows, names), float32, NaN where there is nothing to say.
    """

    customer_ids: NDArray[np.object_]
    cutoffs: NDArray[np.datetime64]
    names: tuple[str, ...]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def hash(self) -> str:
        """Hash of the names in their order; a model fits this matrix when it carries the same."""
        return schema_hash(self.names)

    def column(self, name: str) -> NDArray[np.float32]:
        """One feature, shape (rows,).

        Raises:
            ValueError: there is no such feature, for instance because a table was missing.
        """
        if name not in self.names:
            raise ValueError(f"the matrix has no feature {name!r} among its {len(self.names)}")
        return self.values[:, self.names.index(name)]

    def select(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Features in a given order, shape (rows, len(names)).

        Raises:
            ValueError: features are missing, all named.
        """
        missing = [name for name in names if name not in self.names]
        if missing:
            raise ValueError(
                f"the matrix lacks {len(missing)} features that the model needs ({', '.join(missing[:5])}); "
                "build features from tables that have the same columns as in training"
            )
        if tuple(names) == self.names:
            return self.values
        place = {name: index for index, name in enumerate(self.names)}
        return self.values[:, [place[name] for name in names]]

    def where(self, mask: NDArray[np.bool_]) -> FeatureMatrix:
        """The rows of a mask of shape (rows,)."""
        return FeatureMatrix(self.customer_ids[mask], self.cutoffs[mask], self.names, self.values[mask])

    @classmethod
    def from_arrow(cls, tables: Sequence[pa.Table]) -> FeatureMatrix:
        """Join what the kernel gave, and order it by (cutoff, customer).

        Raises:
            ValueError: there is no row at all.
        """
        table = pa.concat_tables(tables) if tables else pa.table({})
        if not table.num_rows:
            raise ValueError("no customer has an order before the cutoff; choose a later cutoff")
        ids = table["customer_id"].to_numpy(zero_copy_only=False).astype(object)
        cutoffs = table["cutoff"].cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
        names = tuple(name for name in table.column_names if name not in ("customer_id", "cutoff"))
        values = np.empty((table.num_rows, len(names)), np.float32)
        for index, name in enumerate(names):
            values[:, index] = table[name].to_numpy(zero_copy_only=False)
        order = np.argsort(cutoffs, kind="stable")
        return cls(ids[order], cutoffs[order], names, values[order])

    def to_arrow(self) -> pa.Table:
        """Columns `customer_id`, `cutoff` and the features."""
        columns = [
            pa.array(self.customer_ids, pa.string()),
            pa.array(self.cutoffs, pa.timestamp("us", "UTC")),
        ]
        columns += [pa.array(self.values[:, index]) for index in range(len(self.names))]
        return pa.table(columns, names=["customer_id", "cutoff", *self.names])

    def write(self, file: Path) -> None:
        """Write as Parquet; the file is replaced only when it is complete."""
        with replacing_file(file) as fresh:
            pq.write_table(self.to_arrow(), fresh, compression="zstd")

    @classmethod
    def read(cls, file: Path) -> FeatureMatrix:
        """Read what `write` wrote."""
        return cls.from_arrow([pq.read_table(file)])
