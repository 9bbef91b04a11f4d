from __future__ import annotations

import shutil

import pytest

from features.suppression import Suppression


@pytest.fixture(scope="module")
def recommending(run_once, validated_shop, tmp_path_factory):
    return run_once
