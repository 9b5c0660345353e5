"""The pages that no editor wrote, as the style guide asks the renderer for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from frontend_export.content import (
    Branch,
    Content,
    Discussion,
    Letter,
    NamedLink,
    Page,
    PageLink,
    Rendered,
)
from frontend_export.render.renderer import Renderer


class Asked(NamedTuple):
    """What every state of such a page is made with. ``page`` is the sample article, ``pages`` are
    all of the sample site, the home page first."""

    renderer: Renderer
    page: Page
    pages: Sequence[Page]
    content: Content
    now: datetime


def _a_to_z(asked: Asked, letter: str = "", number: int = 1, count: int = 1) -> Rendered:
    letters, names = _names(asked)
    return asked.renderer.a_to_z(
        letters,
        {letter: names[letter]} if letter else names,
        asked.content,
        home=asked.pages[0],
        letter=letter,
        number=number,
        count=count,
    )


def _search(asked: Asked) -> Rendered:
    return asked.renderer.search_page(*_names(asked), asked.content, home=asked.pages[0])


def _names(asked: Asked) -> tuple[list[Letter], dict[str, list[NamedLink]]]:
    names: dict[str, list[NamedLink]] = {}
    for page in sorted(asked.pages, key=lambda page: page.title.casefold()):
        names.setdefault(page.title[0].casefold(), []).append(NamedLink(page.title, page.link))
    return [Letter(one, len(links)) for one, links in names.items()], names


def _site_map(asked: Asked) -> Rendered:
    def branch(page: PageLink) -> Branch:
        return Branch(page, [branch(one) for one in asked.content.children(page.id)])

    home = asked.pages[0]
    return asked.renderer.site_map(branch(home.link).below, asked.content, home=home)


def _glossary(asked: Asked) -> Rendered:
    terms = asked.content.snippets("articles.GlossaryTerm")
    return asked.renderer.glossary(terms, asked.content, home=asked.pages[0])


def _comments_page(asked: Asked, number: int, count: int) -> Rendered:
    comments = tuple(asked.content.comments(asked.page.id))
    discussion = Discussion(number, count, len(comments), comments)
    return asked.renderer.comments_page(asked.page, asked.content, discussion, now=asked.now)


def _mail_page(template: str) -> Callable[..., Rendered]:
    return lambda asked, what: asked.renderer.mail_page(asked.content, template, what)


# By template without its ending; what a sample says are the other arguments.
OWN_PAGES: Mapping[str, Callable[..., Rendered]] = {
    "404": lambda asked: asked.renderer.not_found(asked.content),
    "a_to_z": _a_to_z,
    "site_map": _site_map,
    "glossary": _glossary,
    "search": _search,
    "home_stand_in": lambda asked: asked.renderer.home_stand_in(asked.content),
    "comments/page": _comments_page,
    "comments/thanks": lambda asked, **said: asked.renderer.comment_thanks(asked.content, **said),
    "comments/refused": lambda asked, **said: asked.renderer.comment_refused(
        asked.page.link, asked.content, **said
    ),
    "comments/not_sent": lambda asked, **said: asked.renderer.not_sent(asked.content, **said),
    "comments/report": lambda asked, **said: asked.renderer.report_form(
        asked.page.link, asked.content, **said
    ),
    "comments/report_thanks": lambda asked, **said: asked.renderer.report_thanks(
        asked.content, **said
    ),
    "comments/mail_link": _mail_page("comments/mail_link.html"),
    "comments/mail_done": _mail_page("comments/mail_done.html"),
}

# Where the site has those that every page links to and whose templates are called otherwise.
NAMES_BY_PATH = {"a-z": "a_to_z", "site-map": "site_map"}


def own_page(name: str, asked: Asked, said: Mapping[str, Any]) -> Rendered:
    """Raises ``TypeError`` where the sample says what the page does not take."""
    return OWN_PAGES[name](asked, **said)
