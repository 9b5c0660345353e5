"""What the templates of one page ask for: pages, images, snippets, sources, values by shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from frontend_export import richtext
from frontend_export.citations import Citations
from frontend_export.content import Block, Content, Finding, Image, LinkedPage, Ref, Snippet
from frontend_export.outline import heading_of
from frontend_export.shapes import Shape, shape_of
from frontend_export.words import CATALOGS

if TYPE_CHECKING:
    from frontend_export.render.renderer import Renderer


class Lookup:
    """Answers the questions of one page's templates and notes what was missing."""

    def __init__(
        self,
        renderer: Renderer,
        content: Content,
        language: str,
        *,
        subject: Ref | None,
        path: str,
    ) -> None:
        self.content = content
        self.language = language
        self.templates = renderer.templates_in(language)
        self.findings: list[Finding] = []
        self.shared = renderer.shared_by_pages_of(content)
        self._renderer = renderer
        self._subject = subject
        self.path = path
        self.citations = Citations(())
        self.unlinked: list[str] = []
        self.place = (0, "")  # the block that is being rendered, from 1, and its type; 0 is none
        if not renderer.languages.speaks(language):
            self._note_missing_words()

    def warn(self, message: str) -> None:
        finding = Finding("warning", self._subject, self.path, message)
        if finding not in self.findings:
            self.findings.append(finding)

    def _warn_here(self, message: str) -> None:
        self.warn(self._placed(message))

    def _placed(self, message: str) -> str:
        """``"Block 3 (rich_text) of page 5: …"`` while the body is rendered."""
        return f"{self._here()}: {message}" if self.place[0] else message

    def _here(self) -> str:
        position, block_type = self.place
        page = f"page {self._subject and self._subject.id}"
        return f"Block {position} ({block_type}) of {page}" if position else page.capitalize()

    def _note_missing_words(self) -> None:
        """Of no page in particular, so that it is said once."""
        catalog = CATALOGS.replace("*", self.language.replace("-", "_"))
        message = (
            f"The theme has no words in '{self.language}': pages in it have those in English. "
            f"Add '{catalog}' to the theme."
        )
        self.findings.append(Finding("warning", None, "", message))

    def unlink(self, message: str) -> None:
        """A link was taken out, since what it leads to is not on the site."""
        message = self._placed(message)
        self.unlinked.append(message)
        if self._renderer.dead_links == "warn":
            self.warn(message)

    def rich_text(self, value: str | None) -> Markup:
        html, warnings = richtext.safe_html(
            value, self.content, href=self._renderer.href, picture=self.templates.picture
        )
        for warning in warnings:
            if isinstance(warning, richtext.Unlinked):
                self.unlink(warning)
            else:
                self._warn_here(warning)
        return Markup(html)  # noqa: S704 - nh3 had the last word

    def find_page(self, page_id: int | None) -> LinkedPage | None:
        link = self.content.page_link(page_id) if page_id else None
        if page_id and link is None:
            self.unlink(f"Page {page_id} is not exported: what led to it was left out.")
        return link.linked if link else None

    def find_image(self, image_id: int | None) -> Image | None:
        """An image that has a file to show."""
        image = self.content.image(image_id) if image_id else None
        if image_id and (image is None or not image.renditions):
            self._warn_here(f"Image {image_id} is not exported and was left out.")
            return None
        return image

    def find_helpline(self, helpline_id: int | None) -> Snippet | None:
        return self._find_snippet("articles.Helpline", "Helpline", helpline_id)

    def find_person(self, person_id: int | None) -> Snippet | None:
        return self._find_snippet("articles.Person", "Person", person_id)

    def find_glossary_term(self, term_id: int | None) -> Snippet | None:
        return self._find_snippet("articles.GlossaryTerm", "Glossary term", term_id)

    def _find_snippet(self, type_name: str, what: str, number: int | None) -> Snippet | None:
        found = self.content.snippet(type_name, number) if number else None
        if number and found is None:
            self._warn_here(f"{what} {number} is not exported and was left out.")
        return found

    def cite(self, keys: Any, *, below: bool = False) -> Markup:
        """Numbers that lead to the sources of these keys: after their sentence, or ``below`` it."""
        if not keys:
            return Markup()
        cited, unknown = self.citations.cite(keys)
        for key in unknown:
            self.warn(
                f"{self._here()} cites the source '{key}', which the page does not have: its "
                "number was left out. Add the source, or correct the key."
            )
        # Each is on one page only, so none is remembered.
        return self.templates.macro("citations", cited, below) if cited else Markup()

    def find_address(self, value: str | None) -> str:
        """An address elsewhere, if it may be a link."""
        address = richtext.web_address(value)
        if value and not address:
            self._warn_here(
                f"The address '{value}' was left out: only http, https, mailto and tel addresses "
                "are links. Correct it."
            )
        return address

    def show(self, value: Any, name: str = "", level: int = 2) -> Markup:
        """A value by its shape, with its name in words where that tells something."""
        return self._show(shape_of(value, name), name, level)

    def show_block(self, block: Any, level: int = 2) -> Markup:
        """A block by its own template, or else by the shape of its value.

        What a type is called is for editors: it labels only what would say nothing without.
        """
        kind, value = (
            (block.type, block.value)
            if isinstance(block, Block)
            else (block["type"], block["value"])
        )
        name = f"blocks/{kind}.html"
        if not isinstance(block, Block) and self._renderer.has_template_for(name):
            block = Block(kind, value, block.get("id") or "")
            heading, _ = heading_of(block)
            about = {"block": block, "value": value, "heading": heading, "anchor": ""}
            about["level"] = level
            return self._renderer.shown(self, name, about)
        shape = shape_of(value, kind)
        if shape.kind not in {"number", "boolean", "date"}:
            shape = shape._replace(label="")
        return self._show(shape, kind, level)

    def _show(self, shape: Shape, name: str, level: int) -> Markup:
        if shape.kind == "unknown":
            self._warn_here(
                f"What stands under '{name}' has no form that a template is for: what can be read "
                "in it went out. Add a template for its page or block to the theme."
            )
        about = {"value": shape.value, "label": shape.label, "level": min(level, 6)}
        return self._renderer.shown(self, f"shapes/{shape.kind}.html", about)

    def readable(self, value: Any) -> Iterator[Markup]:
        """Whatever can be read in a value of unknown shape, as HTML, in its own order."""
        if isinstance(value, str) and "<" in value:
            yield self.rich_text(value)
        elif isinstance(value, str) and " " in value.strip():
            yield Markup("<p>{}</p>").format(value)
        elif isinstance(value, Mapping):
            for part in value.values():
                yield from self.readable(part)
        elif isinstance(value, list | tuple):
            for part in value:
                yield from self.readable(part)
