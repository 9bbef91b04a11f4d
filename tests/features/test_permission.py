from datetime import UTC, datetime

import numpy as np
import pytest

from features.permission import profiling_permit
from features.settings import ConsentSettings, Settings
from features.suppression import Suppression
from features.workspace import Workspace
from tests.features.orders.tables import write

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = np.array(["ann", "bob", "cleo"], dtype=object)
SETTINGS = Settings(consent=ConsentSettings(basis="contract"))


@pytest.fixture
def workspace(tmp_path):
    write(tmp_path / "tables", "products", [])
    return Workspace(tmp_path)


def test_everybody_may_be_profiled_on_a_configured_ground(workspace):
    assert profiling_permit(SETTINGS, workspace, NOW)(PEOPLE).tolist() == [True, True, True]


def test_who_is_on_the_suppression_list_may_not(workspace):
    Suppression.open(workspace.suppression).add("bob")
    assert profiling_permit(SETTINGS, workspace, NOW)(PEOPLE).tolist() == [True, False, True]


def test_with_a_consents_table_only_who_granted_profiling_may(workspace):
    asked = datetime(2025, 6, 1, tzinfo=UTC)
    rows = [
        {"customer_id": name, "purpose": purpose, "status": "granted", "changed_at": asked}
        for name, purpose in (("ann", "profiling"), ("cleo", "marketing"))
    ]
    write(workspace.tables, "consents", rows)
    assert profiling_permit(SETTINGS, workspace, NOW)(PEOPLE).tolist() == [True, False, False]


def test_without_table_and_ground_nobody_is_profiled_but_the_ground_asked_for(workspace):
    with pytest.raises(ValueError, match=r"\[consent\] basis"):
        profiling_permit(Settings(), workspace, NOW)
