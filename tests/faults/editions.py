"""One site in three editions, so that a run that was stopped can be told from one that was not.

Between "first" and "second" pages are edited, added and removed and an image is replaced; "third"
is "second" with more edits, so that a rollback may return to "second".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.nursery import Ended, Nursery, Place
from tests.faults.small_site import site_below, small_site, written
from tests.frontend_export.fake_cms import FakeCms, cms, comment, image, page, rich_text
from tests.search_texts import texts_below

HASHED = ("assets/", "documents/", "images/")
INDEX = "search/index/"  # follows its release: what it finds is looked at apart
Record = dict[str, Any]


def records_of(edition: str) -> list[Record]:
    records = {(record["kind"], record["id"]): record for record in small_site()}
    if edition != "first":
        for number in (11, 13):
            del records["page", number]
            del records["comment", number + 10]
        changed = [
            written(10, 2, words="Another sentence."),
            written(30, 3, words="A new article."),
            image(8, widths=(320, 800)),
            comment(40, 12, "A second comment."),
        ]
        records |= {(record["kind"], record["id"]): record for record in changed}
    if edition == "third":
        records["page", 12] = written(12, 2, words="A third sentence.")
        records["page", 1] = page(1, "/", body=[rich_text("<p>A third edition.</p>")])
    return list(records.values())


EDITIONS = {edition: records_of(edition) for edition in ("first", "second", "third")}


@dataclass(slots=True)
class Editions:
    """A CMS that can be turned to each edition, and what a clean export makes of each."""

    fake: FakeCms
    nursery: Nursery
    clean: dict[str, dict[str, bytes]]
    found: dict[str, dict[str, str]]

    def turn_to(self, edition: str) -> None:
        """As editors would: one thing after another."""
        now = {(one["kind"], one["id"]): one for one in self.fake.records}
        then = {(one["kind"], one["id"]): one for one in EDITIONS[edition]}
        for kind, number in now.keys() - then.keys():
            self.fake.unpublish(kind, number)
        self.fake.publish(*(one for key, one in then.items() if one != now.get(key)))

    def turn_at_once_to(self, edition: str) -> None:
        """For who is reading meanwhile: there is nothing between two editions."""
        self.fake.records = list(EDITIONS[edition])

    def served_at(self, place: Place) -> str | None:
        """Which edition the place serves, whole; anything in between fails the test."""
        if not place.current.is_symlink():
            return None
        found = self._without_index(place)
        for edition, clean in self.clean.items():
            if self._is_whole(found, clean):
                return edition
        named = {
            edition: sorted(path for path in clean if found.get(path) != clean[path])
            for edition, clean in self.clean.items()
        }
        raise AssertionError(f"{place.current} is no edition; what differs from each: {named}")

    def heal(self, place: Place, edition: str) -> None:
        """The next export, which nothing stops, makes the site what a clean export would."""
        ended = self.nursery.run(place, "export")
        assert ended.exit_code == 0, ended
        assert self.served_at(place) == edition

    def must_find_only_what_is_there(self, place: Place) -> None:
        """The search may lag behind the site, but has no page that is not on it."""
        for url in texts_below(place.current / INDEX):
            assert (place.current / url.strip("/") / "index.html").is_file(), url

    def must_find_all(self, place: Place, edition: str) -> None:
        assert texts_below(place.current / INDEX) == self.found[edition]

    def must_pass_its_check(self, place: Place) -> None:
        checked = self.nursery.run(place, "check")
        assert checked.exit_code == 0, checked

    @staticmethod
    def _without_index(place: Place) -> dict[str, bytes]:
        site = site_below(place.current)
        return {path: body for path, body in site.items() if not path.startswith(INDEX)}

    def _is_whole(self, found: dict[str, bytes], clean: dict[str, bytes]) -> bool:
        """All of an edition, and nothing more than older files that a reader may still ask for."""
        if any(found.get(path) != content for path, content in clean.items()):
            return False
        return all(
            path.startswith(HASHED)
            and any(found[path] == one.get(path) for one in self.clean.values())
            for path in found.keys() - clean.keys()
        )


@contextmanager
def editions(nursery: Nursery, folder: Path, **more: str) -> Iterator[Editions]:
    """All three, exported once each into ``folder`` to know what is right; ``more`` are variables
    of the exporter."""
    with cms(*EDITIONS["first"]) as fake:
        made = Editions(fake, nursery, {}, {})
        for edition in EDITIONS:
            made.turn_to(edition)
            place = Place(folder / edition, fake.url, more=more)
            assert nursery.run(place, "export").exit_code == 0
            made.clean[edition] = made._without_index(place)
            made.found[edition] = texts_below(place.current / INDEX)
            made.must_pass_its_check(place)
        assert len({frozenset(site.items()) for site in made.clean.values()}) == len(EDITIONS)
        made.turn_to("first")
        yield made


def sentence_of(ended: Ended) -> str:
    """What a run that failed said: a sentence, no traceback."""
    said = re.fullmatch(r"(Error: .+)\n", ended.stderr)
    assert said, ended
    return said[1]
