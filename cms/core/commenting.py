"""Whether readers can comment on a page, and see comments there: what its editor and the site say.

Hidden for the whole site goes first. Then what a page says for itself goes before what the site
says, and a page's own closing date before that of the site and its rule of age, of which the
earlier counts. Days are those of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple


class Mode(StrEnum):
    """What readers find on a page. ``SITE`` is for a page only: what the whole site says."""

    SITE = "site"
    OPEN = "open"
    READ_ONLY = "read_only"
    HIDDEN = "hidden"


SITE_CHOICES = [
    (Mode.OPEN.value, "Open: comments are shown, and readers can send them"),
    (Mode.READ_ONLY.value, "Read only: comments are shown, and nobody can send one"),
    (Mode.HIDDEN.value, "Hidden: no comment is shown, and nobody can send one"),
]
PAGE_CHOICES = [(Mode.SITE.value, "As on the whole site"), *SITE_CHOICES]


class Commenting(NamedTuple):
    """What holds for one page. ``close_on`` is the first day without new comments, while it is
    open; it may have come already."""

    mode: str
    close_on: date | None

    def is_open_at(self, at: datetime) -> bool:
        return self.mode == Mode.OPEN and (self.close_on is None or at < start_of(self.close_on))


@dataclass(frozen=True, slots=True)
class SiteCommenting:
    """What holds where a page says nothing: ``close_after_days`` of 0 is never; ``close_on`` is
    the first day without new comments."""

    mode: str = Mode.OPEN
    close_after_days: int = 0
    close_on: date | None = None

    def on(
        self, page_mode: str, close_on: date | None, published_at: datetime | None
    ) -> Commenting:
        """On a page that says this for itself, and was last published then."""
        mode = page_mode
        if self.mode == Mode.HIDDEN or page_mode == Mode.SITE:
            mode = self.mode
        if mode != Mode.OPEN:
            return Commenting(mode, None)
        if close_on is None and page_mode == Mode.SITE:
            close_on = min(filter(None, (self.close_on, self._by_age(published_at))), default=None)
        return Commenting(mode, close_on)

    def _by_age(self, published_at: datetime | None) -> date | None:
        if not (self.close_after_days and published_at):
            return None
        return published_at.astimezone(UTC).date() + timedelta(days=self.close_after_days)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
