"""What editors do, each by its name and two numbers: ``("move", 3, 1)``.

The numbers choose among what is there, and wrap around: any two fit any edit. An edit that makes
no sense, such as a page moved below itself, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from .newsroom import BLOCKS, FOOTERS, MENUS, Comment, File, Newsroom, Page

T = TypeVar("T")

SLUGS = ("four", "five", "médecine", "a-z", "about", "glossary")
BAD_SLUGS = ("..", "a%2fb", "x" * 256, "back\\slash")
HEADLINES = ("What it is", "Ce qu’il faut savoir", "a < b & c", "")
SUMMARIES = ("", "In short", "“Quoted” & <marked>")
DAYS = (None, "2026-11-20", "2026-11-25", "2026-11-26", "2026-11-27")
SYNONYMS = ((), ("Zz",), ("Zz", "Éé"), ("5-A", "Ab", "Ac"))
LOCALES = ("fr", "de", "en", "fr")
MODES = ("hidden", "read_only", "open")
OLD_PATHS = ("/old", "/medicines/four", "/living/six/", "/old.pdf", "/old?x=1", "/Alt/Weg")
TARGETS: tuple[int | str, ...] = (4, 6, 9, 12, "/about/", "https://example.org/", "/old", "/no/")
MAY_STAND_BELOW = {"home": ("topic", "standard"), "topic": ("article",), "standard": ("standard",)}
THEMES = 3
MIN_PAGES, MAX_PAGES = 4, 24


def publish(room: Newsroom, a: int, b: int) -> None:
    parents = [one for one in room.pages.values() if one.kind in MAY_STAND_BELOW]
    parent, slug = _one(parents, a), _one(SLUGS, b)
    if len(room.pages) < MAX_PAGES and _is_free(room, parent.id, slug):
        number = room.new_id()
        kind = _one(MAY_STAND_BELOW[parent.kind], a + b)
        blocks = [b % len(BLOCKS)]
        room.pages[number] = Page(number, parent.id, slug, kind, position=number, blocks=blocks)


def retitle(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).headline = _one(HEADLINES, b)


def summarise(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).summary = _one(SUMMARIES, b)


def add_block(room: Newsroom, a: int, b: int) -> None:
    _one([*room.pages.values()], a).blocks.append(b % len(BLOCKS))


def remove_block(room: Newsroom, a: int, b: int) -> None:
    blocks = _one([*room.pages.values()], a).blocks
    if blocks:
        del blocks[b % len(blocks)]


def publish_again(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).published = f"2026-11-{3 + b:02}T09:00:00Z"


def date_review(room: Newsroom, a: int, b: int) -> None:
    _article(room, a).review_due = _one(DAYS, b)


def name_otherwise(room: Newsroom, a: int, b: int) -> None:
    _article(room, a).synonyms = _one(SYNONYMS, b)


def withdraw_article(room: Newsroom, a: int, b: int) -> None:
    """Or take back that it was."""
    withdrawn = _article(room, a)
    withdrawn.withdrawn_on = None if withdrawn.withdrawn_on else "2026-11-20"


def mark_as_sample(room: Newsroom, a: int, b: int) -> None:
    """Or take the mark away, as a clinician does."""
    marked = _article(room, a)
    marked.is_sample = not marked.is_sample


def change_comments_mode(room: Newsroom, a: int, b: int) -> None:
    _article(room, a).comments_mode = _one(MODES, b)


def close_comments_on(room: Newsroom, a: int, b: int) -> None:
    """A day ago, today, ahead or never."""
    _article(room, a).comments_close_on = _one(DAYS, b)


def move(room: Newsroom, a: int, b: int) -> None:
    moved = _page(room, a)
    places = [
        one
        for one in room.pages.values()
        if moved.kind in MAY_STAND_BELOW.get(one.kind, ())
        and one not in [moved, *room.below(moved.id)]
        and _is_free(room, one.id, moved.slug)
    ]
    if places:
        moved.parent = _one(places, b).id


def reorder(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).position = b * 3


def rename(room: Newsroom, a: int, b: int) -> None:
    """Wagtail leaves a redirect at the old path where it is told to: here, of every second."""
    renamed, slug = _page(room, a), _one(SLUGS, b)
    if _is_free(room, renamed.parent, slug):
        if b % 2:
            room.redirects[room.new_id()] = (room.path(renamed), renamed.id)
        renamed.slug = slug


def swap(room: Newsroom, a: int, b: int) -> None:
    """Two pages take each other's place, with all that is below them."""
    one = _page(room, a)
    others = [
        other
        for other in room.pages.values()
        if other.kind == one.kind
        and other not in [one, *room.below(one.id)]
        and one not in room.below(other.id)
    ]
    if others:
        other = _one(others, b)
        one.parent, other.parent = other.parent, one.parent
        one.slug, other.slug = other.slug, one.slug


def misname(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).bad_slug = _one(("", *BAD_SLUGS), b)


def translate(room: Newsroom, a: int, b: int) -> None:
    """A page is another in another language, or stands for itself again."""
    page = _page(room, a)
    page.locale = _one(LOCALES, b)
    page.original = _page(room, a + 1).id if page.locale != "en" else None


def unpublish(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).is_live = False


def come_back(room: Newsroom, a: int, b: int) -> None:
    hidden = [
        one
        for one in room.pages.values()
        if one.is_private or not one.is_live or one.go_live or one.expire
    ]
    if hidden:
        one = _one(hidden, a)
        one.is_live, one.is_private = True, False
        one.go_live = one.expire = None


def restrict(room: Newsroom, a: int, b: int) -> None:
    _page(room, a).is_private = True


def delete(room: Newsroom, a: int, b: int) -> None:
    deleted = _page(room, a)
    leaving = {deleted.id, *(one.id for one in room.below(deleted.id))}
    if len(leaving) > len(room.pages) - MIN_PAGES:
        return
    room.pages = {n: one for n, one in room.pages.items() if n not in leaving}
    room.comments = {n: one for n, one in room.comments.items() if one.page in room.pages}
    room.redirects = {
        n: (old, to)
        for n, (old, to) in room.redirects.items()
        if isinstance(to, str) or to in room.pages
    }


def schedule(room: Newsroom, a: int, b: int) -> None:
    tomorrow = room.now + timedelta(days=1)
    if b % 2:
        _page(room, a).go_live = tomorrow
    else:
        _page(room, a).expire = tomorrow


def wait(room: Newsroom, a: int, b: int) -> None:
    room.now += timedelta(hours=(1, 24, 24, 48)[b % 4])


def replace_image(room: Newsroom, a: int, b: int) -> None:
    image = _one([*room.images.values()], a)
    image.version += 1
    image.widths = _one(((320,), (320, 640), (640, 1280)), b)


def withdraw_image(room: Newsroom, a: int, b: int) -> None:
    """Or bring it back."""
    removed = _one([*room.images.values()], a)
    removed.is_there = not removed.is_there


def copy_image(room: Newsroom, a: int, b: int) -> None:
    room.is_image_2_a_copy = not room.is_image_2_a_copy


def replace_document(room: Newsroom, a: int, b: int) -> None:
    document = _one([*room.documents.values()], a)
    document.version += 1
    document.name = _one(("leaflet.pdf", "guide.pdf", "Größe 1.pdf"), b)


def withdraw_document(room: Newsroom, a: int, b: int) -> None:
    """Or bring it back."""
    removed = _one([*room.documents.values()], a)
    removed.is_there = not removed.is_there


def change_helpline(room: Newsroom, a: int, b: int) -> None:
    room.helplines[1 + a % 2] = _one(("999", "116 123", "+44 20 7946 0000"), b)


def remove_helpline(room: Newsroom, a: int, b: int) -> None:
    room.helplines.pop(1 + a % 2, None)


def change_person(room: Newsroom, a: int, b: int) -> None:
    room.people[1 + a % 2] = _one(("Doctor", "Midwife", "Pharmacist"), b)


def remove_person(room: Newsroom, a: int, b: int) -> None:
    room.people.pop(1 + a % 2, None)


def change_term(room: Newsroom, a: int, b: int) -> None:
    """Or remove it."""
    if a % 4 == 3:
        room.terms.pop(1, None)
    else:
        room.terms[1] = _one(("It numbs.", "It takes pain away."), b)


def change_menu(room: Newsroom, a: int, b: int) -> None:
    room.menu = (room.menu + 1 + b % 2) % len(MENUS)


def change_settings(room: Newsroom, a: int, b: int) -> None:
    match a % 5:
        case 0:
            room.page_size = _one((1, 2, 20), b)
        case 1:
            room.footer = (room.footer + 1 + b % 2) % len(FOOTERS)
        case 2:
            room.name = _one(("Leaf", "Plainleaf"), b)
        case 3:
            room.policy_page = _one((None, 9, 10), b)
        case 4:
            room.comments_page_size = _one((1, 2, 50), b)


def change_theme(room: Newsroom, a: int, b: int) -> None:
    room.theme = (room.theme + 1 + b % 2) % THEMES


def add_redirect(room: Newsroom, a: int, b: int) -> None:
    target = _one(TARGETS, b)
    if isinstance(target, str) or target in room.pages:
        room.redirects[room.new_id()] = (_one(OLD_PATHS, a), target)


def remove_redirect(room: Newsroom, a: int, b: int) -> None:
    if room.redirects:
        del room.redirects[_one([*room.redirects], a)]


def approve_comment(room: Newsroom, a: int, b: int) -> None:
    text = _one(("Thanks", "Merci", "<b>x</b>"), b)
    room.comments[room.new_id()] = Comment(_article(room, a).id, text)


def take_words_back(room: Newsroom, a: int, b: int) -> None:
    """Of a comment some words, or all of them where only its reply is to stay."""
    if room.comments:
        one = _one([*room.comments.values()], a)
        one.edition += 1
        if one.reply and b % 2:
            one.text = ""


def reply_to_comment(room: Newsroom, a: int, b: int) -> None:
    """Or say something else than before, or no more."""
    if room.comments:
        one = _one([*room.comments.values()], a)
        if one.text:  # one without is there for its reply alone
            one.edition += bool(one.reply)
            one.reply = _one(("We answer", "<b>x</b> & y", ""), b)


def change_alert(room: Newsroom, a: int, b: int) -> None:
    """One for the whole site, for good or until tomorrow; or none."""
    until = room.now + timedelta(days=1) if b % 2 else None
    room.alert = _one(
        (None, ("Closed today", "information", until), ("Recall", "urgent", until)), a
    )


def edit_home_page(room: Newsroom, a: int, b: int) -> None:
    home = room.pages[1]
    home.headline, home.published = _one(HEADLINES, a), f"2026-11-{3 + b:02}T09:00:00Z"


def hide_comment(room: Newsroom, a: int, b: int) -> None:
    if room.comments:
        del room.comments[_one([*room.comments], a)]


def break_page(room: Newsroom, a: int, b: int) -> None:
    _page_with_body(room, a).cannot_be_rendered = True


def lose_file(room: Newsroom, a: int, b: int) -> None:
    """And put another in its place, so that it is asked for."""
    files: list[File] = [*room.images.values(), *room.documents.values()]
    lost = _one(files, a)
    lost.is_lost = True
    lost.version += 1


def heal(room: Newsroom, a: int = 0, b: int = 0) -> None:
    for one in room.pages.values():
        one.cannot_be_rendered = False
    for file in (*room.images.values(), *room.documents.values()):
        file.is_lost = False


EDITS: dict[str, Callable[[Newsroom, int, int], None]] = {
    edit.__name__: edit
    for edit in (
        publish,
        retitle,
        summarise,
        add_block,
        remove_block,
        publish_again,
        date_review,
        name_otherwise,
        withdraw_article,
        mark_as_sample,
        change_comments_mode,
        close_comments_on,
        move,
        reorder,
        rename,
        swap,
        misname,
        translate,
        unpublish,
        come_back,
        restrict,
        delete,
        schedule,
        wait,
        replace_image,
        withdraw_image,
        copy_image,
        replace_document,
        withdraw_document,
        change_helpline,
        remove_helpline,
        change_person,
        remove_person,
        change_term,
        change_menu,
        change_settings,
        change_theme,
        add_redirect,
        remove_redirect,
        approve_comment,
        hide_comment,
        take_words_back,
        reply_to_comment,
        change_alert,
        edit_home_page,
        break_page,
        lose_file,
        heal,
    )
}


def _one(some: Sequence[T], at: int) -> T:
    return some[at % len(some)]


def _page(room: Newsroom, at: int) -> Page:
    """Any but the home page, which a site cannot be without."""
    return _one([one for one in room.pages.values() if one.kind != "home"], at)


def _page_with_body(room: Newsroom, at: int) -> Page:
    return _one_of(room, ("article", "standard"), at)


def _article(room: Newsroom, at: int) -> Page:
    return _one_of(room, ("article",), at)


def _one_of(room: Newsroom, kinds: Iterable[str], at: int) -> Page:
    """A page of these kinds; one that stands nowhere where there is none."""
    found = [one for one in room.pages.values() if one.kind in kinds]
    return _one(found or [Page(0, None, "", "article")], at)


def _is_free(room: Newsroom, parent: int | None, slug: str) -> bool:
    return all(one.slug != slug for one in room.pages.values() if one.parent == parent)
