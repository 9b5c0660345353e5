"""The fake CMS keeps the contract of ``docs/export-feed.md``, or the tests on it mean nothing."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
import requests

from .fake_cms import FakeCms, article, cms, comment, document, image, page, redirect, site, topic
from .fake_journal import key_of

HOME = page(1, "/")
MEDICINES = topic(2, "/medicines/")
KETAMINE = article(3, "/medicines/ketamine/", parent=2)


def ask(fake: FakeCms, what: str, **how: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {fake.token}"}
    verb = requests.post if how else requests.get
    return verb(f"{fake.url}/api/export/v1/{what}", headers=headers, timeout=5, **how)


def lines_of(fake: FakeCms, what: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ask(fake, what).text.splitlines()]


class Reader:
    """Follows a feed by its cursor, as the exporter does."""

    def __init__(self, fake: FakeCms) -> None:
        self.fake = fake
        self.cursor = "none"
        self.known: dict[Any, dict[str, Any]] = {}

    def read(self) -> dict[str, Any]:
        begin, *records, end = lines_of(self.fake, f"feed?cursor={self.cursor}")
        if begin["full"]:
            self.known = {}
        for record in records:
            if record["kind"] == "gone":
                self.known.pop((record["of"], record.get("type", ""), record["id"]), None)
                pages = {"page", "target_page"} if record["of"] == "page" else set()
                self.known = {
                    key: one
                    for key, one in self.known.items()
                    if key[0] not in {"comment", "redirect"}
                    or not any(one.get(field) == record["id"] for field in pages)
                }
            else:
                self.known[key_of(record)] = record
        assert sum(end["counts"].values()) == len(records)
        self.cursor = end["cursor"]
        return begin


EDITS = [
    lambda fake: fake.publish(KETAMINE | {"title": "Ketamine"}),
    lambda fake: fake.unpublish("page", 3),
    lambda fake: fake.unpublish("comment", 8),  # while its page is away
    lambda fake: fake.publish(comment(9, on=3)),
    lambda fake: fake.publish(KETAMINE),
    lambda fake: fake.records.append(image(7)),
    lambda fake: fake.records.remove(MEDICINES),
    lambda fake: fake.publish(site(name="Leaf")),
    lambda fake: None,
]


@pytest.mark.parametrize("over_sends", [False, True])
def test_changes_replayed_give_the_whole_feed(over_sends):
    at_first = [
        HOME,
        MEDICINES,
        KETAMINE,
        comment(8, on=3),
        redirect(1, "/old", 3),
        redirect(2, "/web", "/"),
    ]
    with cms(*at_first) as fake:
        fake.over_sends = over_sends
        reader = Reader(fake)
        assert reader.read()["full"]
        for edit in EDITS:
            edit(fake)
            assert not reader.read()["full"]
            whole = lines_of(fake, "feed")[1:-1]
            assert reader.known == {key_of(record): record for record in whole}


def test_only_what_changed_is_sent():
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        reader = Reader(fake)
        reader.read()
        fake.publish(KETAMINE | {"title": "Ketamine"})
        fake.unpublish("page", 2)
        records = lines_of(fake, f"feed?cursor={reader.cursor}")[1:-1]
    assert [one["kind"] for one in records] == ["page", "gone"]
    assert records[1] == {"kind": "gone", "of": "page", "id": 2}


def test_whole_site_is_sent_where_the_cursor_is_not_known_or_the_root_is_another():
    with cms(HOME, MEDICINES) as fake:
        reader = Reader(fake)
        reader.read()
        fake.forget()
        assert reader.read()["full"]
        fake.publish(site(root_page=2))
        assert reader.read()["full"]
        fake.is_always_full = True
        assert reader.read()["full"]


def test_what_nothing_tells_of_is_in_the_manifest_only():
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        reader = Reader(fake)
        reader.read()
        with fake.unnoticed():
            fake.publish(KETAMINE | {"title": "Ketamine"})
        assert ask(fake, "cursor").json()["cursor"] == reader.cursor
        reader.read()
        whole, manifest = lines_of(fake, "feed"), lines_of(fake, "manifest")
    assert reader.known["page", "", 3]["title"] == "Page 3"
    assert [one["fingerprint"] for one in manifest[1:-1]] == [
        one["fingerprint"] for one in whole[1:-1]
    ]
    assert manifest[1].keys() == {"kind", "id", "fingerprint"}
    assert manifest[2].keys() == {"kind", "id", "fingerprint", "path"}


def test_many_files_come_in_the_order_asked_and_a_missing_one_says_why():
    with cms(HOME, image(7), document(2)) as fake:
        answer = ask(fake, "files", json={"renditions": [71, 99, 70], "documents": [2]})
    with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:") as archive:
        names = archive.getnames()
        assert archive.extractfile("renditions/99.error").read() == b"no such file"
        assert archive.extractfile("documents/2").read() == b"%PDF-1.7\n"
    assert names == ["renditions/71", "renditions/99.error", "renditions/70", "documents/2"]


def test_wish_is_open_until_a_run_answers_it_and_a_run_is_kept_once():
    with cms(HOME) as fake:
        number = fake.ask("rollback", "20261125T090000Z-0badcafe")
        assert ask(fake, "cursor").json()["requests"] == [
            {"id": number, "verb": "rollback", "release": "20261125T090000Z-0badcafe"}
        ]
        for _ in range(2):
            assert ask(fake, "runs", json={"id": "a", "request": number}).status_code == 204
        assert ask(fake, "cursor").json()["requests"] == []
        assert len(fake.runs) == 1
