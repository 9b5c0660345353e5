"""What was published of one file, and what must hold for it to be published again."""

from __future__ import annotations

from typing import NamedTuple


class PublishedFile(NamedTuple):
    """One file of a release.

    ``shows`` are the keys of the records whose content is in it, but for what every page shows,
    parted by spaces; ``needs`` the paths of the files it embeds or links, a line each.
    ``is_retained``: no page of that release names it any more.
    """

    sha256: str
    size: int
    kind: str
    page_id: int | None = None
    shows: str = ""
    needs: str = ""
    is_retained: bool = False

    @property
    def keys(self) -> list[str]:
        return self.shows.split(" ") if self.shows else []

    @property
    def needed_paths(self) -> list[str]:
        return self.needs.split("\n") if self.needs else []


# What the CMS has the bytes of.
FETCHED_KINDS = frozenset({"image", "document"})
# Their names hold a hash of their bytes, or of all that these follow from: one path never stands
# for two contents.
HASHED_KINDS = FETCHED_KINDS | {"asset", "card"}
