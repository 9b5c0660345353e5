"""The pages that no editor wrote, as the style guide asks the renderer for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from frontend_export.content import Content, Discussion, Page, Rendered
from frontend_export.render.renderer import Renderer


class Asked(NamedTuple):
    """What every state of such a page is made with. ``page`` is the sample article."""

    renderer: Renderer
    page: Page
    content: Content
    now: datetime


def _comments_page(asked: Asked, number: int, count: int) -> Rendered:
    comments = tuple(asked.content.comments(asked.page.id))
    discussion = Discussion(number, count, len(comments), comments)
    return asked.renderer.comments_page(asked.page, asked.content, discussion, now=asked.now)


def _mail_page(template: str) -> Callable[..., Rendered]:
    return lambda asked, what: asked.renderer.mail_page(asked.content, template, what)


# By template without its ending; what a sample says are the other arguments.
OWN_PAGES: Mapping[str, Callable[..., Rendered]] = {
    "404": lambda asked: asked.renderer.not_found(asked.content),
    "search": lambda asked: asked.renderer.search_page(asked.content),
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


def own_page(name: str, asked: Asked, said: Mapping[str, Any]) -> Rendered:
    """Raises ``TypeError`` where the sample says what the page does not take."""
    return OWN_PAGES[name](asked, **said)
