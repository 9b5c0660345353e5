"""A small CMS as its editors see it: what is in it, and what of that the feed says.

All that can leave the site carries a word of its own, its canary, wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from .fake_cms import (
    NOW,
    PNG,
    FakeCms,
    article,
    block,
    comment,
    document,
    glossary_term,
    helpline,
    image,
    image_block,
    page,
    person,
    redirect,
    rich_text,
    site,
    topic,
)
from .fake_journal import Record

FOREVER = datetime.fromisoformat("9999-01-01T00:00:00Z")
MENUS: tuple[list[tuple[str, int | None, str]], ...] = (
    [("", 4, ""), ("About", 9, "")],
    [("", 2, ""), ("", 6, "")],
    [("Web", None, "https://example.org/")],
)
FOOTERS = (
    '<p><a linktype="page" id="5">Five</a></p>',
    '<p><a linktype="document" id="1">Leaflet</a> and <a linktype="page" id="9">Nine</a></p>',
    "<p>Words</p>",
)
CALLOUT = {"severity": "serious", "title": "Risk", "text": "<p>Take care.</p>", "helpline": 2}
NEXT_STEP = {"label": "Go", "purpose": "read_next", "page": 6, "url": ""}
# What a body can be made of; the pages 12 and 13 are yet to be written.
BLOCKS: tuple[Record, ...] = (
    image_block(1),
    image_block(2),
    rich_text('<p>x</p><embed alt="a > b" embedtype="image" id="1" format="full"/>'),
    rich_text('<p><a linktype="page" id="4">Four</a></p>'),
    rich_text('<p><a linktype="page" id="7">Seven</a>, <a linktype="page" id="12">More</a></p>'),
    rich_text('<p><a linktype="document" id="1">Leaflet</a></p>'),
    block("next_step", NEXT_STEP),
    block("next_step", NEXT_STEP | {"page": 13}),
    block("helpline", {"helpline": 1}),
    block("risk_callout", CALLOUT),
    block("heading", {"text": "A heading", "size": "section"}),
    block("of_another_site", {"words": "Read me", "page": 5}),
    block("glossary_term", {"glossary_term": 1}),
    rich_text('<p><a linktype="page" id="5">Five</a>, <a linktype="page" id="6">Six</a></p>'),
)
# Who wrote and who reviewed an article, by its number.
PEOPLE = {4: (1, 2), 5: (2, None), 6: (1, 1)}
NOT_A_BODY = block("medical_uses", 7)


@dataclass(slots=True)
class Page:
    """A page, whoever may see it. ``blocks`` are places in ``BLOCKS``; ``original`` is the page
    that it is in another ``locale``."""

    id: int
    parent: int | None
    slug: str
    kind: str
    position: int = 0
    blocks: list[int] = field(default_factory=list)
    headline: str = "A page"
    summary: str = "About it"
    published: str = "2026-11-02T09:00:00Z"
    review_due: str | None = None
    go_live: datetime | None = None
    expire: datetime | None = None
    is_live: bool = True
    is_private: bool = False
    is_sample: bool = False
    synonyms: tuple[str, ...] = ()
    withdrawn_on: str | None = None
    comments_mode: str = "open"
    comments_close_on: str | None = None
    bad_slug: str = ""
    locale: str = "en"
    original: int | None = None
    cannot_be_rendered: bool = False


@dataclass(slots=True)
class File:
    """An image or a document; ``is_lost``: the feed names it, the disk has it no more."""

    name: str = ""
    version: int = 1
    widths: tuple[int, ...] = (320, 640)
    is_there: bool = True
    is_lost: bool = False


@dataclass(slots=True)
class Comment:
    """An approved comment on a page and the site's reply to it. ``edition`` counts how often words
    of either were taken back; without a ``text`` only the reply is left."""

    page: int
    text: str
    edition: int = 1
    reply: str = ""


class Newsroom:
    """What is in the CMS at the time ``now`` of its clock."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(NOW)
        pages = (
            Page(1, None, "", "home", blocks=[3]),
            Page(2, 1, "medicines", "topic", position=2),
            Page(3, 1, "living", "topic", position=3),
            Page(4, 2, "four", "article", position=4, blocks=[0, 4, 9]),
            Page(5, 2, "five", "article", position=5, blocks=[2, 3, 5, 6, 8]),
            Page(6, 3, "six", "article", position=6, blocks=[1, 8], review_due="2026-11-26"),
            Page(7, 3, "seven", "article", position=7, blocks=[12, 13]),
            Page(9, 1, "about", "standard", position=9, blocks=[6, 11]),
            Page(10, 9, "team", "standard", position=10, blocks=[0]),
            Page(11, 10, "history", "standard", position=11, blocks=[4, 7]),
        )
        self.pages = {one.id: one for one in pages}
        self.images = {1: File(), 2: File(), 3: File()}
        self.is_image_2_a_copy = self._was_image_2_a_copy = False
        self.documents = {1: File("leaflet.pdf"), 2: File("guide.pdf")}
        self.helplines = {1: "116 123", 2: "111"}
        self.people = {1: "Doctor", 2: "Nurse"}
        self.terms = {1: "It numbs."}
        self.comments = {1: Comment(4, "Thanks")}
        self.comments |= {number: Comment(5, "And I") for number in range(2, 8)}
        self.comments_page_size = 2
        self.redirects: dict[int, tuple[str, int | str]] = {1: ("/old", 4)}
        self.name, self.menu, self.footer, self.page_size = "Plainleaf", 0, 0, 2
        self.policy_page: int | None = 9
        self.alert: tuple[str, str, datetime | None] | None = None
        self.theme = 0
        self.new_id = count(12).__next__  # no database gives an id twice
        self._shown_once: set[str] = set()

    def tell(self, fake: FakeCms) -> None:
        """Have the fake CMS say what is public now, and remember it."""
        self._was_image_2_a_copy |= self.is_image_2_a_copy
        self._shown_once |= self._shown()
        fake.now = self.now.isoformat()
        fake.files = self._files()
        fake.records = self._records()

    def withdrawn(self) -> set[bytes]:
        """The canaries of what was told once and must be found nowhere now."""
        return {one.encode() for one in self._shown_once - self._shown()}

    @property
    def is_whole(self) -> bool:
        """Whether every page can be rendered and every file be had."""
        files = (*self.images.values(), *self.documents.values())
        pages = self.pages.values()
        return not any(one.is_lost for one in files) and not any(
            one.cannot_be_rendered for one in pages
        )

    def below(self, number: int) -> list[Page]:
        """The children of a page in their order, each followed by those below it."""
        children = [one for one in self.pages.values() if one.parent == number]
        children.sort(key=lambda one: (one.position, one.id))
        return [one for child in children for one in (child, *self.below(child.id))]

    def path(self, one: Page) -> str:
        if one.parent is None:
            return "/"
        return f"{self.path(self.pages[one.parent])}{one.bad_slug or one.slug}/"

    def _public(self) -> list[Page]:
        hidden = set()
        for one in self.pages.values():
            is_due = (one.go_live or self.now) <= self.now < (one.expire or FOREVER)
            if one.is_private or not one.is_live or not is_due:
                hidden.update([one.id, *(child.id for child in self.below(one.id))])
        return [one for one in self.pages.values() if one.id not in hidden]

    def _shown(self) -> set[str]:
        """The canaries of all that may be on the site: samples and paths astray may not."""
        astray = {
            one.id for top in self.pages.values() if top.bad_slug for one in self.below(top.id)
        }
        pages = {
            one.id
            for one in self._public()
            if not one.is_sample and not one.bad_slug and one.id not in astray
        }
        images = {number for number, one in self.images.items() if one.is_there}
        if 2 in images and self._was_image_2_a_copy:
            images.add(1)  # a file that image 2 had may stay as long as any it had
        documents = {number for number, one in self.documents.items() if one.is_there}
        comments = {n: one for n, one in self._told_comments().items() if one.page in pages}
        return {
            *(canary("page", number) for number in pages),
            *(canary("image", number) for number in images),
            *(canary("document", number) for number in documents),
            *(
                canary(kind, number)
                for number, one in comments.items()
                for kind, words in (
                    ("comment", one.text),
                    (f"edition{one.edition}", one.text),
                    (f"reply{one.edition}", one.reply),
                )
                if words
            ),
            *(canary("helpline", number) for number in self.helplines),
            *(canary("person", number) for number in self.people),
            *(canary("term", number) for number in self.terms),
        }

    def _records(self) -> list[Record]:
        menu = [{"label": a, "page": b, "url": c} for a, b, c in MENUS[self.menu]]
        return [
            site(
                name=self.name,
                main_menu=menu,
                footer_menu=menu[:1],
                footer_text=FOOTERS[self.footer],
                lists_page_size=self.page_size,
                comments_page_size=self.comments_page_size,
                comment_policy_page=self.policy_page,
                alert=self._alert(),
            ),
            *(self._page(one) for one in self._public()),
            *(self._image(number) for number, one in self.images.items() if one.is_there),
            *(self._document(number) for number, one in self.documents.items() if one.is_there),
            *(
                helpline(number, phone=phone, name=canary("helpline", number))
                for number, phone in self.helplines.items()
            ),
            *(
                person(number, role=role, name=canary("person", number))
                for number, role in self.people.items()
            ),
            *(
                glossary_term(number, term=canary("term", number), meaning=meaning)
                for number, meaning in self.terms.items()
            ),
            *(redirect(number, old, to) for number, (old, to) in self.redirects.items()),
            *(self._comment(number, one) for number, one in self._told_comments().items()),
        ]

    def _alert(self) -> Record | None:
        text, level, until = self.alert or ("", "", None)
        if not text or (until or FOREVER) <= self.now:
            return None
        return {"text": text, "level": level, "until": until and until.isoformat()}

    def _told_comments(self) -> dict[int, Comment]:
        """Without those of pages that hide them."""
        return {
            number: one
            for number, one in self.comments.items()
            if self.pages[one.page].comments_mode != "hidden"
        }

    def _comment(self, number: int, one: Comment) -> Record:
        words = (one.text, canary("comment", number), canary(f"edition{one.edition}", number))
        reply = {
            "name": "",
            "text": f"{one.reply} {canary(f'reply{one.edition}', number)}",
            "posted_at": "2026-11-04T09:00:00Z",
        }
        return comment(
            number,
            one.page,
            " ".join(words) if one.text else "",
            name="Sam" if one.text else "",
            reply=reply if one.reply else None,
            edition=one.edition,
        )

    def _page(self, one: Page) -> Record:
        made = {"home": page, "standard": page, "topic": topic, "article": article}[one.kind](
            one.id,
            self.path(one),
            parent=one.parent,
            slug=one.bad_slug or one.slug,
            title=f"{one.headline} {canary('page', one.id)}",
            position=f"{one.position:08}",
            locale=one.locale,
            translation_key=f"00000000-0000-4000-8000-{one.original or one.id:012}",
            last_published_at=one.published,
        )
        fields = made["fields"]
        if one.kind != "home":
            fields["summary"] = one.summary
        if one.kind != "topic":
            fields["body"] = [BLOCKS[at] for at in one.blocks] + [
                NOT_A_BODY
            ] * one.cannot_be_rendered
        if one.kind == "article":
            fields["sample_content"] = one.is_sample
            fields["next_review_due"] = one.review_due
            fields["synonyms"] = [block("name", name) for name in one.synonyms]
            fields["withdrawn_on"] = one.withdrawn_on
            fields["comments_mode"] = one.comments_mode
            fields["comments_close_on"] = one.comments_close_on
            author, fields["reviewer"] = PEOPLE.get(one.id, (None, None))
            fields["authors"] = [block("author", {"person": author})] if author else []
        return made

    def _image(self, number: int) -> Record:
        of = self._file_of(number)
        made = image(number, widths=self.images[of].widths)
        for one in made["renditions"]:
            one["fingerprint"] = f"{of:02x}{self.images[of].version:06x}{one['width']:08x}"
        return made

    def _document(self, number: int) -> Record:
        one = self.documents[number]
        digest = f"{number:02x}{one.version:06x}{len(one.name):08x}"
        return document(number, one.name, fingerprint=digest, title=canary("document", number))

    def _file_of(self, number: int) -> int:
        """Two images may have the same file, which is one file on the site."""
        return 1 if number == 2 and self.is_image_2_a_copy else number

    def _files(self) -> dict[str, bytes]:
        """The bytes of each file by the path that the feed names."""
        found = {"": b"the fake makes up files only where it is told of none"}
        for number in self.images:
            of = self._file_of(number)
            for one in self._image(number)["renditions"]:
                if not self.images[of].is_lost:
                    found[one["url"]] = PNG + f"{canary('image', of)}{one['fingerprint']}".encode()
        for number, document_file in self.documents.items():
            if not document_file.is_lost:
                words = f"%PDF-1.7\n{canary('document', number)}{document_file.version}"
                found[f"/api/export/v1/documents/{number}"] = words.encode()
        return found


def canary(kind: str, number: int) -> str:
    """``canary-page-5-``: the hyphen ends it, so that none is the beginning of another."""
    return f"canary-{kind}-{number}-"
