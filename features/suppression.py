"""The suppression list: customers who are nowhere to be read, known only by keyed hashes.

`list` holds one HMAC-SHA256 (RFC 2104) of a customer id a line, `key` the secret key; both files are
readable by their owner only. Without the key a hash tells nothing, since ids could otherwise be tried one
after another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

_KEY_BYTES = 32
_DIGEST = re.compile(r"[0-9a-f]{64}")
_Stamp = tuple[int, int, int]


class Suppression:
    """The list of one workspace. An id is compared as the validated tables write it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: bytes | None = None
        self._hashes: frozenset[str] = frozenset()
        self._stamp: _Stamp | None = None

    @classmethod
    def open(cls, folder: Path) -> Suppression:
        """Read the list of a folder; an absent one is empty.

        Raises:
            ValueError: the list has no key, or key or list are damaged.
        """
        suppression = cls(folder)
        suppression.reload()
        return suppression

    def __len__(self) -> int:
        return len(self._hashes)

    def hash(self, customer_id: str) -> str:
        """The keyed hash of an id, 64 hexadecimal digits; the first call of all makes the key."""
        if self._key is None:
            self._key = self._read_key() or self._make_key()
        return hmac.new(self._key, customer_id.encode(), hashlib.sha256).hexdigest()

    def contains(self, customer_id: str) -> bool:
        """Whether the customer is on the list."""
        return bool(self._hashes) and self.hash(customer_id) in self._hashes

    def mask(self, customer_ids: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Whether each of many customers is on the list, bool (customers,); about 2 us an id."""
        ids = list(customer_ids)
        if not self._hashes:
            return np.zeros(len(ids), np.bool_)
        return np.fromiter((self.hash(one) in self._hashes for one in ids), np.bool_, len(ids))

    def add(self, customer_id: str) -> None:
        """Put a customer on the list, flushed to disk before it returns; once is enough."""
        self.reload()
        digest = self.hash(customer_id)
        if digest in self._hashes:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._list, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, f"{digest}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        self.reload()

    def reload(self) -> bool:
        """Read the list again if its file has changed; True if it had. Costs one `stat` otherwise.

        Raises:
            ValueError: the list has no key, or key or list are damaged.
        """
        stamp = self._stat()
        if stamp == self._stamp:
            return False
        self._hashes = self._read_list() if stamp is not None else frozenset()
        if self._hashes and self._key is None:
            self._key = self._read_key()
            if self._key is None:
                raise ValueError(f"{self._list} has no key beside it; restore {self._folder / 'key'}")
        self._stamp = stamp
        return True

    @property
    def _list(self) -> Path:
        return self._folder / "list"

    def _stat(self) -> _Stamp | None:
        try:
            found = self._list.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read_list(self) -> frozenset[str]:
        lines = self._list.read_text(encoding="ascii", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if not _DIGEST.fullmatch(line):
                raise ValueError(f"{self._list}, line {number}, is not a SHA-256 hash; restore the file")
        return frozenset(lines)

    def _read_key(self) -> bytes | None:
        file = self._folder / "key"
        if not file.is_file():
            return None
        try:
            key = bytes.fromhex(file.read_text(encoding="ascii").strip())
        except ValueError as error:
            raise ValueError(f"{file} is not a key in hexadecimal digits; restore the file") from error
        if len(key) != _KEY_BYTES:
            raise ValueError(f"{file} holds {len(key)} bytes instead of {_KEY_BYTES}; restore the file")
        return key

    def _make_key(self) -> bytes:
        """Write a new key; where another process was faster, take that one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        key = secrets.token_bytes(_KEY_BYTES)
        fresh = self._folder / f".key-{secrets.token_hex(8)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, key.hex().encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(fresh, self._folder / "key")
        except FileExistsError:
            return self._read_key() or key
        finally:
            fresh.unlink()
        return key
