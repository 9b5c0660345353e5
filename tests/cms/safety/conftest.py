"""Here the rules apply, as they are."""

import pytest


@pytest.fixture(autouse=True)
def the_rules_apply(rules) -> None:
    pass
