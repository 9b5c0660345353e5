"""How the tests are spread over the processes that run them."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="One process runs all tests.")
def test_a_file_is_a_group_that_stays_on_one_process(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@tests/test_grouping.py")
