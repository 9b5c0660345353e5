"""Turn what the plan names into bytes. Pure: equal input gives equal bytes; ``now`` is a value.

Templates lie in ``theme/templates``: one for each page type
(``articles/article_page.html``), one for each block (``blocks/<block_type>.html``), shared
pieces in ``_partials.html``. A file at the same path below ``theme_dir`` replaces the theme's
own. What a template may use is written down in ``docs/themes.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from frontend_export import richtext
from frontend_export.content import (
    Block,
    Content,
    Finding,
    Image,
    Kind,
    LinkedPage,
    Listing,
    MenuItem,
    Page,
    PageLink,
    RedirectRule,
    Ref,
    Rendered,
    Rendition,
    Site,
    Snippet,
)
from frontend_export.errors import ContentError, SettingsError
from frontend_export.headers import headers_file
from frontend_export.redirect_files import REDIRECT_FILES
from frontend_export.shapes import Shape, fields_around_body, shape_of

if TYPE_CHECKING:
    from frontend_export.templates import Templates

THEME = Path(__file__).parent / "theme"
LAYERS = ("tokens", "base", "layout", "components")
# The code whose change may change a rendered byte.
MODULES_THAT_SHAPE = (
    *("content", "headers", "redirect_files", "render", "richtext", "shapes", "templates"),
)
HONEYPOT_FIELD = "leave_this_empty"

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*+")  # what a path holds that needs no encoding
_SPACES_FOR_SIGNS = bytes(code if bytes([code]).isalnum() else ord(" ") for code in range(256))
_NOT_IN_ANCHOR = re.compile(r"[\W_]+")
_NOT_IN_XML = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class Renderer:
    """Renders a site that is served from ``site_url``, which may have a path of its own.

    ``knows_types`` is false for a site of another CMS: its pages and blocks are not those that the
    theme has templates for, whatever their names, so only those in ``theme_dir`` are for them.
    ``longest_comment`` is what the form of a page says, in characters; 0 is no limit.
    """

    def __init__(
        self,
        *,
        site_url: str,
        theme_dir: Path | None = None,
        knows_types: bool = True,
        longest_comment: int = 3000,
    ) -> None:
        address = urlsplit(site_url.rstrip("/"))
        self._origin = f"{address.scheme}://{address.netloc}"
        self._base_path = quote(address.path, safe="/%")
        self._folders = [folder for folder in (theme_dir, THEME) if folder is not None]
        self._theme_dir = theme_dir
        self.knows_types = knows_types
        self._longest_comment = longest_comment
        self.assets()  # a theme with a style out of place is refused at once
        self._shared: _Shared | None = None

    @contextmanager
    def warming_up(self) -> Iterator[None]:
        """Load the templates beside the block, as while it waits for a network."""
        with ThreadPoolExecutor(1, "templates") as thread:
            loading = thread.submit(lambda: self._templates.load())
            yield
        loading.result()

    @cached_property
    def _templates(self) -> Templates:
        from frontend_export.templates import Templates  # and Jinja, which only rendering needs

        assets = {path.split(".", 1)[0]: "/" + path for path in self.assets()}
        return Templates(
            [folder / "templates" for folder in self._folders],
            filters={
                "absolute": self.absolute,
                "as_line": as_line,
                "href": self.href,
                "iso": iso,
                "list_values": list_values,
                "long_date": long_date,
                "paragraphs": paragraphs,
                "telephone": telephone,
                "web_address": richtext.web_address,
                "xml_text": xml_text,
            },
            names={
                "comment_max_characters": self._longest_comment,
                "fallback_of": fallback_of,
                "fields_around_body": fields_around_body,
                "honeypot_field": HONEYPOT_FIELD,
                "srcset": self.srcset,
                "stylesheet_path": assets["assets/site"],
                "favicon_path": assets["assets/favicon"],
            },
            fingerprint=self._code_fingerprint,
        )

    @cached_property
    def _typed(self) -> frozenset[str]:
        return self._templates.all if self.knows_types else _names_in(self._theme_dir)

    @cached_property
    def theme_fingerprint(self) -> str:
        """Changes when anything but the content could change a rendered byte."""
        digest = sha256(self._code_fingerprint.encode())
        for kind in ("templates", "static"):
            for name, path in self._theme_files(kind).items():
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    @cached_property
    def _code_fingerprint(self) -> str:
        """Changes when the code or the address of the site could change a rendered byte."""
        versions = [version(package) for package in ("jinja2", "markupsafe", "nh3")]
        settings = [self._origin, self._base_path, f"{self.knows_types} {self._longest_comment}"]
        digest = sha256("\0".join([*settings, *versions]).encode())
        for module in MODULES_THAT_SHAPE:
            digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
        return digest.hexdigest()[:16]

    def assets(self) -> Mapping[str, bytes]:
        """Every file of the theme by its path in the site; each name holds its bytes' hash."""
        return self._assets

    @cached_property
    def _assets(self) -> Mapping[str, bytes]:
        files = {"site.css": self._joined_styles()}
        for name, path in self._theme_files("static").items():
            if not name.startswith("css/"):
                files[name] = path.read_bytes()
        return {_hashed(name, body): body for name, body in files.items()}

    def stylesheet(self) -> tuple[str, bytes]:
        """``("assets/site.1f0c….css", …)``: the theme's styles in the order of their layers."""
        return next(iter(self.assets().items()))

    def page(
        self, page: Page, content: Content, *, now: datetime, listing: Listing | None = None
    ) -> Rendered:
        """One page, or with ``listing`` one page of its list. Raises ``ContentError``."""
        if page.fault:
            raise ContentError(page.fault)
        lookup = _Lookup(self, content, subject=Ref("page", page.id), path=page.path)
        name = template_of(page.type)
        if name not in self._typed:
            if self.knows_types:
                lookup.warn(
                    f"There is no template 'templates/{name}' for a page of type '{page.type}': "
                    "its title and its text went out. Add the template to the theme."
                )
            name = "page.html"
        listing = listing or Listing(number=1, count=1, pages=tuple(content.children(page.id)))
        path = page.path if listing.number == 1 else f"{page.path}page/{listing.number}/"
        variables = self._chrome(content, lookup, path=path, page=page)
        variables |= {
            "title": page.seo_title or page.title,
            "description": page.search_description or page.fields.get("summary") or "",
            "ancestors": [link.linked for link in content.ancestors(page.id)],
            "comments": content.comments(page.id),
            "page": page,
            "listing": listing,
            "now": now,
        }
        variables["body"], variables["sections"] = self._body(page, lookup, variables)
        filling = self._templates.filled(variables, lambda: f"page {page.id} ('{page.path}')")
        return self._finished(filling.text(name), lookup)

    def not_found(self, content: Content) -> Rendered:
        """``404.html``: for whatever address leads nowhere."""
        return self._own_page("404.html", content, title="Page not found")

    def home_stand_in(self, content: Content) -> Rendered:
        """What is at ``/`` while the home page can be neither made nor left as it was."""
        return self._own_page("home_stand_in.html", content, title=content.site.name)

    def comment_thanks(self, content: Content, *, receipt: str = "") -> Rendered:
        """Where a reader lands after a comment: its receipt, what happens next, where help is."""
        return self._own_page(
            "comments/thanks.html", content, title="Thank you for your comment", receipt=receipt
        )

    def comment_refused(
        self,
        page: PageLink,
        content: Content,
        *,
        values: Mapping[str, str],
        errors: Mapping[str, str],
    ) -> Rendered:
        """The form again, with what was typed and, by field name, a sentence on what is wrong.

        Fields: ``name``, ``text``, ``email``; ``page`` and ``locale`` are handed through.
        """
        return self._own_page(
            "comments/refused.html",
            content,
            title=f"Error: Your comment on “{page.title}”",
            page=page,
            values={"name": "", "text": "", "email": "", "page": "", "locale": ""} | dict(values),
            errors=dict(errors),
        )

    def comment_not_sent(self, content: Content, *, sentence: str, text: str) -> Rendered:
        """Why no comment was taken, where there is no form to show, and what was typed."""
        return self._own_page(
            "comments/not_sent.html",
            content,
            title="Your comment was not sent",
            sentence=sentence,
            text=text,
        )

    def sitemap(self, pages: Sequence[PageLink]) -> Rendered:
        """``sitemap.xml`` of these pages, in this order."""
        filling = self._templates.filled({"pages": pages}, lambda: "the sitemap")
        return Rendered(filling.text("sitemap.xml").encode())

    def sitemap_index(self, paths: Sequence[str]) -> Rendered:
        """``sitemap.xml`` of a site too large for one: it names the maps of its parts."""
        filling = self._templates.filled({"paths": paths}, lambda: "the sitemap")
        return Rendered(filling.text("sitemap_index.xml").encode())

    def feed(self, pages: Sequence[PageLink], content: Content) -> Rendered:
        """``feed.xml``: Atom (RFC 4287) of these pages, in this order."""
        dates = [page.last_published_at for page in pages if page.last_published_at]
        variables = {
            "pages": pages,
            "site": content.site,
            "updated": max(dates, default=datetime(1970, 1, 1, tzinfo=UTC)),
        }
        filling = self._templates.filled(variables, lambda: "the Atom feed")
        return Rendered(filling.text("feed.xml").encode())

    def robots(self) -> Rendered:
        """``robots.txt``: all may read all; here is the map."""
        return Rendered(
            f"User-agent: *\nAllow: /\n\nSitemap: {self.absolute('/sitemap.xml')}\n".encode()
        )

    def redirects(self, name: str, rules: Sequence[RedirectRule]) -> Rendered:
        """All rules as the file of that name: ``_redirects``, ``redirects.json`` and so on."""
        absolute = [
            RedirectRule(f"{self._base_path}{rule.path}", self._location_of(rule), rule.status)
            for rule in rules
        ]
        return Rendered(REDIRECT_FILES[name](absolute).encode())

    def redirect_stub(self, rule: RedirectRule, content: Content) -> Rendered:
        """A page that leads on, for hosts that do not read ``_redirects``."""
        location = self._location_of(rule)
        variables = {
            "location": location,
            "canonical": f"{self._origin}{location}" if location.startswith("/") else location,
            "site": content.site,
        }
        filling = self._templates.filled(variables, lambda: f"the redirect from '{rule.path}'")
        return Rendered(filling.text("redirect.html").encode())

    def headers(self) -> Rendered:
        """``_headers``, for hosts that read it."""
        return Rendered(headers_file(self._base_path).encode())

    def href(self, path: str) -> str:
        """``"/médecine/"`` becomes ``"/health/m%C3%A9decine/"``."""
        return self._base_path + (path if _PLAIN.fullmatch(path) else quote(path))

    def absolute(self, path: str) -> str:
        """``"/about/"`` becomes ``"https://example.org/health/about/"``."""
        return self._origin + self.href(path)

    def srcset(self, renditions: Iterable[Rendition]) -> str:
        """``"/images/1f.webp 320w, /images/2e.webp 640w"``."""
        return ", ".join(f"{self.href('/' + r.file_path)} {r.width}w" for r in renditions)

    def picture(self, image: Image, alt: str) -> str:
        """The theme's ``picture`` macro, for images inside rich text."""
        return self._templates.partial("picture", image, alt)

    def _location_of(self, rule: RedirectRule) -> str:
        return self._base_path + rule.location if rule.location.startswith("/") else rule.location

    def _own_page(self, name: str, content: Content, *, title: str, **extra: Any) -> Rendered:
        """A page that no editor wrote."""
        lookup = _Lookup(self, content, subject=None, path="")
        variables = self._chrome(content, lookup, path="", page=None)
        variables |= {
            "title": title,
            "description": "",
            "ancestors": (),
            "helplines": [
                snippet
                for snippet in content.snippets("articles.Helpline")
                if snippet.fields.get("show_after_comment")
            ],
            "topics": [
                link
                for link in content.children(content.site.root_page_id)
                if link.type == "articles.TopicPage"
            ],
            **extra,
        }
        filling = self._templates.filled(variables, lambda: f"'{name}'")
        return self._finished(filling.text(name), lookup)

    def _finished(self, html: str, lookup: _Lookup) -> Rendered:
        for warning in lookup.shared.warnings:
            lookup.warn(warning)
        return Rendered(html.encode(), tuple(lookup.findings))

    def _chrome(
        self, content: Content, lookup: _Lookup, *, path: str, page: Page | None
    ) -> dict[str, Any]:
        """What surrounds every page. An empty ``path`` is a page without an address of its own."""
        shared, site = lookup.shared, content.site
        language = language_of(page.locale, site.language) if page else site.language
        return shared.variables | {
            "language": language,
            "direction": "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr",
            "path": path,
            "current": page.id if page and page.id in shared.in_menus else None,
            "rich_text": lookup.rich_text,
            "find_page": lookup.find_page,
            "find_image": lookup.find_image,
            "find_helpline": lookup.find_helpline,
            "find_address": lookup.find_address,
            "readable": lookup.readable,
            "show": lookup.show,
            "show_block": lookup.show_block,
        }

    def has_template_for(self, name: str) -> bool:
        """Whether a template of that name is about this site's types."""
        return name in self._typed

    def shown(self, lookup: _Lookup, name: str, variables: Mapping[str, Any]) -> Markup:
        """A template about one value of a page, which may ask what the page's own may ask."""
        asked = self._chrome(lookup.content, lookup, path="", page=None)
        filling = self._templates.filled(
            {**asked, **variables}, lambda: f"a value of '{lookup.path}'"
        )
        return Markup(filling.text(name))  # noqa: S704 - from an autoescaped template

    def shared_by_pages_of(self, content: Content) -> _Shared:
        """Made again when something that it shows came, left or was changed."""
        shared = self._shared
        if shared is None or not shared.is_still(content):
            shared = self._shared = self._new_shared(content)
        return shared

    def _new_shared(self, content: Content) -> _Shared:
        site = content.site
        items = (*site.main_menu, *site.footer_menu)
        asked: list[tuple[Kind, int]] = [("page", item.page_id) for item in items if item.page_id]
        asked += richtext.references_of(site.footer_text)
        menus = [menu(items, content, self.href) for items in (site.main_menu, site.footer_menu)]
        footer, warnings = richtext.safe_html(
            site.footer_text, content, href=self.href, picture=self.picture
        )
        return _Shared(
            content,
            site,
            asked,
            _answers(content, asked),
            {
                "site": site,
                "main_menu": menus[0],
                "footer_menu": menus[1],
                "footer_text": Markup(footer),  # noqa: S704 - nh3 had the last word
                "find_document": content.document,
            },
            frozenset(entry.page_id for entries in menus for entry in entries),
            warnings,
        )

    def _body(
        self, page: Page, lookup: _Lookup, shared: Mapping[str, Any]
    ) -> tuple[Markup, list[tuple[str, str]]]:
        """The blocks as HTML, and (anchor, heading) of each section."""
        filling = self._templates.filled(
            shared,
            lambda: f"body[{position}].{block.type} of page {page.id} ('{page.path}')",
        )
        variables = filling.variables
        rendered: list[str] = []
        sections: list[tuple[str, str]] = []
        anchors: set[str] = set()
        for position, block in enumerate(page.body, start=1):
            name = f"blocks/{block.type}.html"
            if name not in self._typed:
                if self.knows_types:
                    lookup.warn(
                        f"There is no template 'templates/{name}': the text of block {position} of "
                        f"page {page.id} went out without its form. Add the template to the theme."
                    )
                name = "blocks/_unknown.html"
            heading, level = heading_of(block)
            anchor = anchor_of(heading, block)
            if anchor in anchors:  # a block that was copied with its id
                anchor = f"{anchor}-{position}"
            anchors.add(anchor)
            if level == 2 and heading:
                sections.append((anchor, heading))
            variables["block"] = block
            variables["value"] = block.value
            variables["anchor"] = anchor
            variables["level"] = 3 if sections and level == 3 else 2
            rendered.append(filling.text(name))
        return Markup("".join(rendered)), sections  # noqa: S704 - from autoescaped templates

    def _theme_files(self, kind: str) -> dict[str, Path]:
        """Files below ``templates/`` or ``static/`` by relative path, in one order everywhere."""
        files: dict[str, Path] = {}
        for folder in reversed(self._folders):
            root = folder / kind
            for path in root.rglob("*"):
                if path.is_file():
                    files[path.relative_to(root).as_posix()] = path
        return dict(sorted(files.items()))

    def _joined_styles(self) -> bytes:
        styles = {
            name.removeprefix("css/"): path
            for name, path in self._theme_files("static").items()
            if name.startswith("css/") and name.endswith(".css")
        }
        for name in styles:
            if _layer_of(name) not in LAYERS:
                raise SettingsError(
                    f"The style 'static/css/{name}' of the theme belongs to no layer. "
                    "Put it into 'static/css/components/'."
                )
        parts = [f"@layer {', '.join(LAYERS)};\n"]
        for layer in LAYERS:
            for name, path in styles.items():
                if _layer_of(name) == layer:
                    parts.append(f"@layer {layer} {{\n{path.read_text('utf-8').strip()}\n}}\n")
        return "".join(parts).encode()


def _layer_of(style: str) -> str:
    """``tokens.css`` and ``tokens/print.css`` are of the layer ``tokens``."""
    return PurePosixPath(style).parts[0].removesuffix(".css")


class _Shared(NamedTuple):
    """What all pages of a site have in common, with the answers that it was made from."""

    content: Content
    site: Site
    asked: Sequence[tuple[Kind, int]]
    answers: Sequence[object]
    variables: dict[str, Any]
    in_menus: frozenset[int | None]
    warnings: tuple[str, ...]

    def is_still(self, content: Content) -> bool:
        return (
            content is self.content
            and content.site is self.site
            and _answers(content, self.asked) == self.answers
        )


def _answers(content: Content, asked: Iterable[tuple[Kind, int]]) -> Sequence[object]:
    ask = {"page": content.page_link, "document": content.document, "image": content.image}
    return [ask[kind](number) for kind, number in asked]


class _Lookup:
    """Answers the questions of one page's templates and notes what was missing."""

    def __init__(
        self, renderer: Renderer, content: Content, *, subject: Ref | None, path: str
    ) -> None:
        self.content = content
        self.findings: list[Finding] = []
        self.shared = renderer.shared_by_pages_of(content)
        self._renderer = renderer
        self._subject = subject
        self.path = path

    def warn(self, message: str) -> None:
        finding = Finding("warning", self._subject, self.path, message)
        if finding not in self.findings:
            self.findings.append(finding)

    def rich_text(self, value: str | None) -> Markup:
        html, warnings = richtext.safe_html(
            value, self.content, href=self._renderer.href, picture=self._renderer.picture
        )
        for warning in warnings:
            self.warn(warning)
        return Markup(html)  # noqa: S704 - nh3 had the last word

    def find_page(self, page_id: int | None) -> LinkedPage | None:
        link = self.content.page_link(page_id) if page_id else None
        if page_id and link is None:
            self.warn(f"Page {page_id} is not exported: what led to it was left out.")
        return link.linked if link else None

    def find_image(self, image_id: int | None) -> Image | None:
        """An image that has a file to show."""
        image = self.content.image(image_id) if image_id else None
        if image_id and (image is None or not image.renditions):
            self.warn(f"Image {image_id} is not exported and was left out.")
            return None
        return image

    def find_helpline(self, helpline_id: int | None) -> Snippet | None:
        found = self.content.snippet("articles.Helpline", helpline_id) if helpline_id else None
        if helpline_id and found is None:
            self.warn(f"Helpline {helpline_id} is not exported and was left out.")
        return found

    def find_address(self, value: str | None) -> str:
        """An address elsewhere, if it may be a link."""
        address = richtext.web_address(value)
        if value and not address:
            self.warn(
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
            about = {"block": block, "value": value, "anchor": "", "level": level}
            return self._renderer.shown(self, name, about)
        shape = shape_of(value, kind)
        if shape.kind not in {"number", "boolean", "date"}:
            shape = shape._replace(label="")
        return self._show(shape, kind, level)

    def _show(self, shape: Shape, name: str, level: int) -> Markup:
        if shape.kind == "unknown":
            self.warn(
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


def theme_state(theme_dir: Path | None) -> list[tuple[str, int, int]]:
    """Differs whenever a file of the theme came, went or was written."""
    files = (path for root in (THEME, theme_dir) if root for path in root.rglob("*"))
    found = ((str(path), path.stat()) for path in files)
    return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in found]


def _names_in(theme_dir: Path | None) -> frozenset[str]:
    folder = theme_dir / "templates" if theme_dir else None
    files = folder.rglob("*.html") if folder else ()
    return frozenset(path.relative_to(folder).as_posix() for path in files if folder)


@lru_cache(maxsize=256)
def template_of(page_type: str) -> str:
    """``"articles.ArticlePage"`` becomes ``"articles/article_page.html"``."""
    app, _, model = page_type.rpartition(".")
    return f"{app}/{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', model).lower()}.html"


def heading_of(block: Block) -> tuple[str, int]:
    """The heading a block opens with and its level: 2 begins a section, 3 lies within one."""
    value = block.value
    if not isinstance(value, dict):
        return (value, 2) if block.type == "heading" and isinstance(value, str) else ("", 3)
    if block.type == "heading":
        return _text_in(value, "text"), 3 if value.get("size") == "subsection" else 2
    heading = _text_in(value, "heading")
    return (heading, 2) if heading else (_text_in(value, "title"), 3)


def _text_in(value: Mapping[str, Any], key: str) -> str:
    """Text, if it is any: a block of another site may keep a number or a link under that name."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def anchor_of(heading: str, block: Block) -> str:
    """``"medical-uses-1f0c2a3b"``: readable, and no other block's, wherever the block moves."""
    slug = _words(heading)[:60] if heading else ""
    return f"{slug or block.type}-{block.id[:8] or 'only'}"


def _words(text: str) -> str:
    text = text.casefold()
    if text.isascii():  # the same as below, twice as fast
        return "-".join(text.encode().translate(_SPACES_FOR_SIGNS).decode().split())
    return _NOT_IN_ANCHOR.sub("-", text).strip("-")


class MenuEntry(NamedTuple):
    """What can be followed. ``page_id`` is None for an address elsewhere."""

    label: str
    href: str
    page_id: int | None


def menu(
    items: Sequence[MenuItem], content: Content, href: Callable[[str], str]
) -> tuple[MenuEntry, ...]:
    """The entries of a menu that lead somewhere, labelled."""
    entries = []
    for item in items:
        if item.page_id is None:
            if address := richtext.web_address(item.url):
                entries.append(MenuEntry(item.label or address, address, None))
            continue
        link = content.page_link(item.page_id)
        if link is not None:
            entries.append(MenuEntry(item.label or link.title, href(link.path), link.id))
    return tuple(entries)


def language_of(locale: str, site_language: str) -> str:
    """The site's "en-gb" for a page in "en"; another language speaks for itself."""
    same = locale.split("-")[0].lower() == site_language.split("-")[0].lower()
    return site_language if same else locale


def as_line(html: Markup) -> Markup:
    """A filter: rich text of one paragraph, to follow other words on their line."""
    return Markup(richtext.as_line(html))  # noqa: S704 - a part of what was safe


def list_values(stored: Any) -> list[Any]:
    """A filter: the values of a list as Wagtail stores it, ``[{"type", "value", "id"}]``."""
    return [
        item["value"] if isinstance(item, Mapping) and "value" in item else item
        for item in stored or ()
    ]


def fallback_of(image: Image) -> tuple[Rendition, ...]:
    """Of the renditions, those that every browser shows; all when there are only others."""
    plain = tuple(r for r in image.renditions if r.mime in {"image/jpeg", "image/png", "image/gif"})
    return plain or image.renditions


def long_date(value: date | str) -> str:
    """A filter: ``"1 March 2026"``."""
    day = _as_date(value)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def iso(value: datetime) -> str:
    """A filter: ``"2026-03-01T09:00:00Z"``."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def paragraphs(text: str) -> list[str]:
    """A filter: plain text, parted where its writer left a line empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return [part for part in re.split(r"\n\s*\n", lines.strip()) if part.strip()]


def telephone(number: str) -> str:
    """A filter: ``"+44 116 123"`` becomes ``"tel:+44116123"``."""
    return "tel:" + re.sub(r"(?!^\+)[^\d]", "", number.strip())


def xml_text(text: str) -> str:
    """A filter: without the characters that XML 1.0 cannot hold."""
    return re.sub(_NOT_IN_XML, "", text)


def _as_date(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return date.fromisoformat(value) if isinstance(value, str) else value


def _hashed(name: str, body: bytes) -> str:
    path = PurePosixPath(name)
    return f"assets/{path.with_suffix('')}.{sha256(body).hexdigest()[:12]}{path.suffix}"
