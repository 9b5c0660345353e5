"""An export that has to fail, and what it must be like whatever made it fail."""

from __future__ import annotations

import re
from typing import Any

from tests.faults.nursery import Ended, Nursery, Place
from tests.faults.small_site import seen_below

MOST_MB = 400
LONGEST_SECONDS = 60
DEADLINE = "frontend_export.source.cms.FEED_DEADLINE_SECONDS"


class Attempt:
    """An export that has to fail, on a machine that has a site already or none."""

    def __init__(self, nursery: Nursery, place: Place, *, has_site: bool) -> None:
        self.place = place
        self._nursery = nursery
        if has_site:
            assert nursery.run(place, "export").exit_code == 0
        self._before = seen_below(place.public)

    def __call__(self, place: Place | None = None, *, exit_code: int = 3, **how: Any) -> str:
        """The sentence in which it ended; what it must always be is asserted."""
        ended = self._nursery.run(place or self.place, "export", **how)
        self.must_be_harmless(ended)
        assert ended.exit_code == exit_code, ended
        return ended.stderr

    def must_be_harmless(self, ended: Ended) -> None:
        said = ended.stdout + ended.stderr
        assert re.fullmatch(r"Error: .+\n", ended.stderr), ended
        assert self.place.token not in said
        assert ended.peak_mb <= MOST_MB
        assert ended.seconds < 60
        if self._before:
            assert seen_below(self.place.public) == self._before
        else:
            assert not self.place.current.is_symlink()
            assert list(self.place.public.glob("releases/*")) == []


def at(place: Place, url: str, **more: str) -> Place:
    """The same folders, and another address of the CMS."""
    return Place(place.folder, url, more={**place.more, **more})
