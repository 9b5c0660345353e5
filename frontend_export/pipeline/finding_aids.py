"""The pages by which readers find others: A to Z, site map, glossary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from frontend_export.content import Branch, Page, PageLink, Rendered
from frontend_export.letters import sort_key
from frontend_export.plan.site import NAMES_ON_A_PAGE, Artifact, is_in_parts
from frontend_export.render.renderer import Renderer
from frontend_export.state.content import StoredContent

MAX_PAGES_OF_A_SITE_MAP = 500  # of a larger site, it leads to the topics


def finding_aid(
    artifact: Artifact, content: StoredContent, renderer: Renderer, *, home: Page, pages: int
) -> tuple[Rendered, Iterable[str]]:
    """The page, and the keys of what is on it. ``pages`` is how many the site has."""
    match artifact.kind:
        case "a_to_z":
            return _a_to_z(artifact, content, renderer, home)
        case "site_map":
            is_small = pages <= MAX_PAGES_OF_A_SITE_MAP
            branches = _below(home.id, content.children if is_small else content.sections())
            found = renderer.site_map(branches, content, home=home)
            return found, (f"page/{link.id}" for link in _links_in(branches))
        case "glossary":
            terms = sorted(
                content.snippets("articles.GlossaryTerm"),
                key=lambda one: sort_key(one.fields.get("term") or "", content.site.language),
            )
            found = renderer.glossary(terms, content, home=home)
            return found, (f"snippet/{term.type}/{term.id}" for term in terms)
        case _:
            raise ValueError(f"'{artifact.path}' is a {artifact.kind}.")


def _a_to_z(
    artifact: Artifact, content: StoredContent, renderer: Renderer, home: Page
) -> tuple[Rendered, Iterable[str]]:
    letters = content.letters()
    if artifact.letter:
        start = (artifact.number - 1) * NAMES_ON_A_PAGE
        shown = {artifact.letter: content.names(artifact.letter)[start : start + NAMES_ON_A_PAGE]}
    elif is_in_parts(letters):
        shown = {}
    else:
        shown = {one.letter: content.names(one.letter) for one in letters}
    found = renderer.a_to_z(
        letters,
        shown,
        content,
        home=home,
        letter=artifact.letter,
        number=artifact.number,
        count=artifact.count,
    )
    return found, dict.fromkeys(f"page/{one.page.id}" for names in shown.values() for one in names)


def _below(page_id: int, children: Callable[[int], Sequence[PageLink]]) -> list[Branch]:
    """The pages below a page, as the editors ordered them."""
    return [Branch(link, _below(link.id, children)) for link in children(page_id)]


def _links_in(branches: Iterable[Branch]) -> Iterator[PageLink]:
    for link, below in branches:
        yield link
        yield from _links_in(below)
