"""The contract is proved on the CMS as its own tests set it up."""

from tests.cms.conftest import (
    feed_sees_the_test_transaction,
    media_of_its_own,
    no_addresses_of_another_test,
    no_rules_unless_asked_for,
)

__all__ = [
    "feed_sees_the_test_transaction",
    "media_of_its_own",
    "no_addresses_of_another_test",
    "no_rules_unless_asked_for",
]
