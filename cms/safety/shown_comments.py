"""Which comments readers see on a page: told by the part of the CMS that keeps them.

The rules are below it and must not know it, so that it says once how to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cms.safety.reading.facts import CommentFacts

Tell = Callable[[Sequence[int]], Mapping[int, Sequence[CommentFacts]]]

_told_by: list[Tell] = []


def tell_by(tell: Tell) -> None:
    """``tell`` gets ids of pages and gives the comments shown on each."""
    _told_by[:] = [tell]


def shown_on(page_ids: Sequence[int]) -> Mapping[int, Sequence[CommentFacts]]:
    return _told_by[0](page_ids) if _told_by else {}
