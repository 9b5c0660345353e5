"""The pages by which readers find others: A to Z, site map, glossary, search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from frontend_export.content import Branch, Letter, NamedLink, Page, PageLink, Rendered
from frontend_export.letters import sort_key
from frontend_export.plan.site import NAMES_ON_A_PAGE, Artifact, is_in_parts
from frontend_export.render.renderer import Renderer
from frontend_export.state.content import StoredContent

MAX_PAGES_OF_A_SITE_MAP = 500  # of a larger site, it leads to the topics


def finding_aid(
    artifact: Artifact,
    content: StoredContent,
    renderer: Renderer,
    *,
    home: Page,
    pages: int,
    has_a_to_z: bool,
) -> tuple[Rendered, Iterable[str]]:
    """The page, and the keys of what is on it. ``pages`` is how many the site has, ``has_a_to_z``
    whether letters may have pages of their own."""
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
        case "search":
            letters = content.letters()
            names = _names_on_one_page(letters, content)
            leads_on = names or has_a_to_z
            rendered = renderer.search_page(letters if leads_on else [], names, content, home=home)
            topics = content.children(content.site.root_page_id)
            return rendered, (*(f"page/{one.id}" for one in topics), *_keys_of(names))
        case _:
            raise ValueError(f"'{artifact.path}' is a {artifact.kind}.")


def _a_to_z(
    artifact: Artifact, content: StoredContent, renderer: Renderer, home: Page
) -> tuple[Rendered, Iterable[str]]:
    letters = content.letters()
    if artifact.letter:
        start = (artifact.number - 1) * NAMES_ON_A_PAGE
        shown = {artifact.letter: content.names(artifact.letter)[start : start + NAMES_ON_A_PAGE]}
    else:
        shown = _names_on_one_page(letters, content)
    found = renderer.a_to_z(
        letters,
        shown,
        content,
        home=home,
        letter=artifact.letter,
        number=artifact.number,
        count=artifact.of,
    )
    return found, _keys_of(shown)


def _names_on_one_page(
    letters: Sequence[Letter], content: StoredContent
) -> dict[str, list[NamedLink]]:
    """All of them by letter; none where letters have pages, since one would be too long."""
    if is_in_parts(letters):
        return {}
    return {one.letter: content.names(one.letter) for one in letters}


def _keys_of(names: Mapping[str, Sequence[NamedLink]]) -> Iterable[str]:
    return dict.fromkeys(f"page/{one.page.id}" for links in names.values() for one in links)


def _below(page_id: int, children: Callable[[int], Sequence[PageLink]]) -> list[Branch]:
    """The pages below a page, as the editors ordered them."""
    return [Branch(link, _below(link.id, children)) for link in children(page_id)]


def _links_in(branches: Iterable[Branch]) -> Iterator[PageLink]:
    for link, below in branches:
        yield link
        yield from _links_in(below)
