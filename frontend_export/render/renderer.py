"""The pages of a site, and the files around them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256, sha384
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, quote_plus, urlsplit

from markupsafe import Markup

from frontend_export import richtext
from frontend_export.citations import Citations
from frontend_export.content import (
    Branch,
    Content,
    Discussion,
    Finding,
    Letter,
    LinkedPage,
    Listing,
    NamedLink,
    Page,
    PageLink,
    RedirectRule,
    Ref,
    Rendered,
    Rendition,
    Site,
    Snippet,
    comments_path,
    discussion_of,
    topic_of,
)
from frontend_export.errors import ContentError
from frontend_export.headers import SEARCH_PATH, headers_file, policy_in_page
from frontend_export.letters import OTHER, label_of, letter_path
from frontend_export.outline import BodyOutline
from frontend_export.page_token import page_token
from frontend_export.redirect_files import REDIRECT_FILES
from frontend_export.render.card import Card, drawn
from frontend_export.render.filters import (
    as_line,
    fallback_of,
    headed_in_order,
    iso,
    list_values,
    paragraphs,
    reading_minutes,
    telephone,
    xml_text,
)
from frontend_export.render.lookup import Lookup
from frontend_export.render.related import related_pages
from frontend_export.render.shared import Shared, shared_by
from frontend_export.render.structured_data import structured_data
from frontend_export.render.theme_files import Brand, ThemeFiles
from frontend_export.shapes import fields_around_body
from frontend_export.words import ENGLISH, Languages, Sentence, Words

if TYPE_CHECKING:
    from frontend_export.templates import Templates

# What shapes a page, beside this package.
MODULES_THAT_SHAPE = (
    *("citations", "content", "headers", "outline", "page_token", "redirect_files"),
    *("richtext", "shapes", "templates", "words", "letters"),
)
SECTION_HEADING = "blocks/_section_heading.html"
A_TO_Z_PATH = "/a-z/"
HONEYPOT_FIELD = "leave_this_empty"
REPORT_PATH = "/comments/report"
MAIL_TITLES = {
    "confirm": Sentence("May we write to you about your comment?"),
    "confirmed": Sentence("Thank you. We have it"),
    "unsubscribe": Sentence("Stop mails about your comment?"),
    "unsubscribed": Sentence("We will stop"),
}
MAIL_PAGES = {
    "comments/mail_link.html": ("confirm", "unsubscribe"),
    "comments/mail_done.html": ("confirmed", "unsubscribed"),
}

_RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_POLICY = Markup(policy_in_page("/"))  # noqa: S704 - of constants
_POLICY_OF_SEARCH = Markup(policy_in_page(SEARCH_PATH))  # noqa: S704
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*+")  # what a path holds that needs no encoding


class Renderer:
    """Renders a site that is served from ``site_url``, which may have a path of its own.

    ``knows_types`` is false for a site of another CMS: its pages and blocks are not those that the
    theme has templates for, whatever their names, so only those in ``theme_dir`` are for them.
    ``longest_comment`` is what the form of a page says, in characters; 0 is no limit. ``page_key``
    signs which page a form is for; where it is empty, nothing does. ``takes_reports`` where readers
    find links by which they report a comment or a page, ``offers_mail`` where they can ask for mail
    about their comment, ``has_search`` where pages lead to the search and its index reads them.
    ``hsts`` is what ``_headers`` says of TLS.
    """

    def __init__(
        self,
        *,
        site_url: str,
        theme_dir: Path | None = None,
        brand: Brand = Brand(),  # noqa: B008 - frozen
        knows_types: bool = True,
        longest_comment: int = 3000,
        page_key: str = "",
        takes_reports: bool = True,
        offers_mail: bool = True,
        has_search: bool = True,
        dead_links: Literal["warn", "unlink", "fail"] = "warn",
        hsts: str = "",
    ) -> None:
        """``dead_links`` is what becomes of a page with a link to what is not exported: the link is
        always taken out; ``warn`` says so, ``unlink`` does not, ``fail`` refuses the page."""
        address = urlsplit(site_url.rstrip("/"))
        self._origin = f"{address.scheme}://{address.netloc}"
        self._base_path = quote(address.path, safe="/%")
        self._theme = ThemeFiles(theme_dir, brand)
        self.knows_types = knows_types
        self._longest_comment = longest_comment
        self._page_key = page_key
        self._takes_reports = takes_reports
        self._offers_mail = offers_mail
        self._has_search = has_search
        self.dead_links = dead_links
        self._hsts = hsts
        self.assets()  # a theme with a style out of place or a colour that is none is refused
        self.languages = Languages(self._theme.folders)  # or with a catalog that is none
        self._shared: Shared | None = None

    @contextmanager
    def warming_up(self) -> Iterator[None]:
        """Load the templates beside the block, as while it waits for a network."""
        with ThreadPoolExecutor(1, "templates") as thread:
            loading = thread.submit(self._load)
            yield
        loading.result()

    def _load(self) -> None:
        for words in self.languages.all:
            self._templates_with(words).load()

    def templates_in(self, language: str) -> Templates:
        """Those that say their words in a language, or else in English."""
        return self._templates_with(self.languages.words_for(language))

    @cached_property
    def _templates_with(self) -> Callable[[Words], Templates]:
        return lru_cache(maxsize=None)(self._templates_made_with)

    def _templates_made_with(self, words: Words) -> Templates:
        from frontend_export.templates import Templates  # and Jinja, which only rendering needs

        assets = {path.split(".", 1)[0]: "/" + path for path in self.assets()}
        return Templates(
            [folder / "templates" for folder in self._theme.folders],
            filters={
                "absolute": self.absolute,
                "as_line": as_line,
                "headed_in_order": headed_in_order,
                "href": self.href,
                "iso": iso,
                "list_values": list_values,
                "paragraphs": paragraphs,
                "telephone": telephone,
                "web_address": richtext.web_address,
                "xml_text": xml_text,
            },
            names={
                "comment_max_characters": self._longest_comment,
                "comment_script_path": assets["assets/js/comment-form"],
                "fallback_of": fallback_of,
                "has_finding_aids": self.knows_types,
                "label_of": label_of,
                "letter_path": letter_path,
                "fields_around_body": fields_around_body,
                "honeypot_field": HONEYPOT_FIELD,
                "integrity_of": lru_cache(self.integrity_of),
                "logo": self._theme.logo("logo"),
                "logo_dark": self._theme.logo("logo-dark"),
                "offers_mail": self._offers_mail,
                "page_token": self.page_token,
                "policy_of": policy_of,
                "reading_minutes": reading_minutes,
                "report_href": self.report_href,
                "search_path": SEARCH_PATH if self._has_search else "",
                "search_script_path": assets["assets/js/search"],
                "srcset": self.srcset,
                "stylesheet_path": assets["assets/site"],
                "favicon_path": assets["assets/favicon"],
            },
            fingerprint=self._code_fingerprint,
            words=words,
        )

    @cached_property
    def _section_heading(self) -> Callable[[Templates, str], Markup]:
        """What the theme calls a question of every medicine, by the type of its block."""

        def heading(templates: Templates, block_type: str) -> Markup:
            about = {"block_type": block_type}
            filling = templates.filled(about, lambda: f"the heading of '{block_type}'")
            return Markup(filling.text(SECTION_HEADING).strip())  # noqa: S704 - autoescaped

        return lru_cache(256)(heading)

    @cached_property
    def _typed(self) -> frozenset[str]:
        return self.templates_in(ENGLISH).all if self.knows_types else self._theme.own_templates()

    @cached_property
    def theme_fingerprint(self) -> str:
        """Changes when anything but the content could change a rendered byte."""
        digest = sha256(self._code_fingerprint.encode())
        for name, path in self._theme.files("templates").items():
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        digest.update("\0".join(self.assets()).encode())  # each name holds its bytes' hash
        for words in self.languages.all:
            digest.update(words.fingerprint.encode())
        return digest.hexdigest()[:16]

    @cached_property
    def _code_fingerprint(self) -> str:
        """Changes when the code, the address of the site or the key of its forms could change a
        rendered byte."""
        versions = [version(package) for package in ("jinja2", "markupsafe", "nh3", "pillow")]
        settings = [self._origin, self._base_path, f"{self.knows_types} {self._longest_comment}"]
        settings.append(f"{self._takes_reports} {self._offers_mail} {self.dead_links}")
        settings.append(f"{self._has_search} {self._hsts}")
        settings.append(self.page_token("", ""))  # tells keys apart, and nobody what they are
        digest = sha256("\0".join([*settings, *versions]).encode())
        for path in code_that_shapes():
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def assets(self) -> Mapping[str, bytes]:
        """Every file of the theme by its path in the site; each name holds its bytes' hash."""
        return self._theme.assets

    def integrity_of(self, path: str) -> str:
        """``"sha384-…"`` of the file at ``"/assets/js/search.1f0c….js"``: a script that somebody
        changed on its way does not run, and what it makes easier works without it."""
        digest = sha384(self.assets()[path.removeprefix("/")]).digest()
        return f"sha384-{b64encode(digest).decode()}"

    def stylesheet(self) -> tuple[str, bytes]:
        """``("assets/site.1f0c….css", …)``: the theme's styles in the order of their layers."""
        return next(iter(self.assets().items()))

    def report_href(self, page: Page, comment: int | None = None) -> str:
        """Where a reader reports the page, or a comment on it; empty where nobody takes reports."""
        if not self._takes_reports:
            return ""
        query = f"?page={quote_plus(page.translation_key)}&locale={quote_plus(page.locale)}"
        if token := self.page_token(page.translation_key, page.locale):
            query += f"&token={quote_plus(token)}"
        if comment is not None:
            query += f"&comment={comment}"
        return self.href(REPORT_PATH) + query

    def page_token(self, translation_key: str, locale: str) -> str:
        """What a form says of its page beside its name; empty where no key signs."""
        return page_token(self._page_key, translation_key, locale) if self._page_key else ""

    def page(
        self,
        page: Page,
        content: Content,
        *,
        now: datetime,
        listing: Listing | None = None,
        discussion: Discussion | None = None,
        refers_to: Iterable[str] = (),
    ) -> Rendered:
        """One page, or with ``listing`` one page of its list. Raises ``ContentError``.

        ``refers_to`` are the keys of what it names and links to, as ``references_in`` finds them.
        """
        if page.fault and not page.is_withdrawn:
            raise ContentError(page.fault)
        lookup = self._lookup(page, content, page.path)
        lookup.citations = Citations(page.fields.get("sources"))
        name = template_of(page.type)
        if name not in self._typed:
            if self.knows_types:
                lookup.warn(
                    f"There is no template 'templates/{name}' for a page of type '{page.type}': "
                    "its title and its text went out. Add the template to the theme."
                )
            name = "page.html"
        above = content.ancestors(page.id)
        listing = listing or Listing(number=1, count=1, pages=tuple(content.children(page.id)))
        path = page.path if listing.number == 1 else f"{page.path}page/{listing.number}/"
        variables = self._chrome(lookup, path=path, page=page, now=now)
        variables |= {
            "title": page.seo_title or page.title,
            "description": "" if page.is_withdrawn else page.search_description or page.summary,
            "ancestors": [link.linked for link in above],
            "card": self._card(topic_of(page, above), content.site),
            "alternates": self._alternates(page, content) if listing.number == 1 else (),
            "discussion": discussion or discussion_of(page, content),
            "page": page,
            "related": related_pages(page, content, refers_to),
            "is_searchable": self._has_search and listing.number == 1 and not page.is_withdrawn,
            "listing": listing,
            "now": now,
        }
        if page.is_withdrawn:  # and goes out whatever its body is like
            variables |= {"body": Markup(), "sections": [], "sources": []}
        else:
            variables["body"], variables["sections"] = self._body(page, lookup, variables)
            variables["sources"] = lookup.citations.listed()
        variables["structured_data"] = structured_data(
            page,
            content,
            path=path,
            language=lookup.language,
            ancestors=variables["ancestors"],
            sources=variables["sources"],
            comment_count=variables["discussion"].total,
            absolute=self.absolute,
            word=lookup.templates.word,
            knows_types=self.knows_types,
        )
        filling = lookup.templates.filled(variables, lambda: f"page {page.id} ('{page.path}')")
        return self._finished(filling.text(name), lookup)

    def _alternates(self, page: Page, content: Content) -> list[tuple[str, str]]:
        """Language and path of the page in every language that it has, itself included.

        ``x-default``, for readers of none of them, is the one in the language of the site.
        """
        site_language = content.site.language
        found = [
            (language_of(one.locale, site_language), one.path) for one in content.translations(page)
        ]
        default = [("x-default", path) for language, path in found if language == site_language]
        return [*found, *default[:1]]

    def comments_page(
        self, page: Page, content: Content, discussion: Discussion, *, now: datetime
    ) -> Rendered:
        """Comments that do not go on their page any more: ``…/comments/2/``."""
        path = comments_path(page.path, discussion.number)
        lookup = self._lookup(page, content, path)
        variables = self._chrome(lookup, path=path, page=page, now=now)
        above = content.ancestors(page.id)
        variables |= {
            "title": lookup.templates.words.say(
                Sentence("Comments on “%(title)s”", title=page.title)
            ),
            "description": "",
            "ancestors": [*(link.linked for link in above), page.linked],
            "card": self._card(topic_of(page, above), content.site),
            "discussion": discussion,
            "page": page,
            "now": now,
        }
        filling = lookup.templates.filled(variables, lambda: f"page {page.id} ('{path}')")
        return self._finished(filling.text("comments/page.html"), lookup)

    def not_found(self, content: Content, *, home: Page | None = None) -> Rendered:
        """``404.html``: for whatever address leads nowhere. Who reports it, reports ``home``."""
        return self._own_page("404.html", content, title=Sentence("Page not found"), home=home)

    def a_to_z(
        self,
        letters: Sequence[Letter],
        names: Mapping[str, Sequence[NamedLink]],
        content: Content,
        *,
        home: Page,
        letter: str = "",
        number: int = 1,
        count: int = 1,
    ) -> Rendered:
        """``/a-z/``: all that there is by name; or, with a ``letter``, one page of that alone.

        ``names`` are those that it shows, by letter; where a letter has none, it has a page.
        """
        title = Sentence("A to Z")
        if letter == OTHER:
            title = Sentence("A to Z: other names")
        elif letter:
            title = Sentence("A to Z: %(letter)s", letter=label_of(letter))
        return self._own_page(
            "a_to_z.html",
            content,
            title=title,
            path=letter_path(letter, number) if letter else A_TO_Z_PATH,
            above=[LinkedPage(0, "", A_TO_Z_PATH, Sentence("A to Z"))] if letter else [],
            home=home,
            letters=letters,
            names=names,
            letter=letter,
            number=number,
            count=count,
        )

    def site_map(self, branches: Sequence[Branch], content: Content, *, home: Page) -> Rendered:
        """``/site-map/``, for people: the pages below the home page."""
        return self._own_page(
            "site_map.html",
            content,
            title=Sentence("Site map"),
            path="/site-map/",
            home=home,
            branches=branches,
        )

    def glossary(self, terms: Sequence[Snippet], content: Content, *, home: Page) -> Rendered:
        """``/glossary/``: every term that is explained, in this order."""
        return self._own_page(
            "glossary.html",
            content,
            title=Sentence("Glossary"),
            path="/glossary/",
            home=home,
            terms=terms,
        )

    def search_page(
        self,
        letters: Sequence[Letter],
        names: Mapping[str, Sequence[NamedLink]],
        content: Content,
        *,
        home: Page,
    ) -> Rendered:
        """``search/index.html``: a form, and for whom it does not work all that there is by name.

        ``names`` are as for ``a_to_z``.
        """
        return self._own_page(
            "search.html",
            content,
            title=Sentence("Search"),
            path=SEARCH_PATH,
            home=home,
            letters=letters,
            names=names,
            letter="",
        )

    def home_stand_in(self, content: Content) -> Rendered:
        """What is at ``/`` while the home page can be neither made nor left as it was."""
        return self._own_page("home_stand_in.html", content, title=content.site.name)

    def comment_thanks(self, content: Content, *, receipt: str = "") -> Rendered:
        """Where a reader lands after a comment: its receipt, what happens next, where help is."""
        return self._own_page(
            "comments/thanks.html",
            content,
            title=Sentence("Thank you for your comment"),
            receipt=receipt,
        )

    def comment_refused(
        self,
        page: PageLink | None,
        content: Content,
        *,
        values: Mapping[str, str],
        errors: Mapping[str, str],
    ) -> Rendered:
        """The form again, with what was typed and, by field name, a sentence on what is wrong.

        Fields: ``name``, ``text``, ``email``, ``notify``; ``page`` and ``locale`` are handed
        through. A page that has left the site is ``None``.
        """
        title = Sentence("Error: Your comment")
        if page:
            title = Sentence("Error: Your comment on “%(title)s”", title=page.title)
        return self._own_page(
            "comments/refused.html",
            content,
            locale=values.get("locale", ""),
            title=title,
            page=page,
            values=dict.fromkeys(("name", "text", "email", "notify", "page", "locale"), "")
            | dict(values),
            errors=dict(errors),
        )

    def not_sent(
        self, content: Content, *, locale: str = "", title: str, sentence: str, text: str
    ) -> Rendered:
        """Why nothing was taken, where there is no form to show, and what was typed."""
        return self._own_page(
            "comments/not_sent.html",
            content,
            locale=locale,
            title=title,
            sentence=sentence,
            text=text,
        )

    def report_form(
        self,
        page: PageLink | None,
        content: Content,
        *,
        values: Mapping[str, str],
        errors: Mapping[str, str],
        reasons: Mapping[str, str],
        most_characters: int,
    ) -> Rendered:
        """The form by which a comment, or a page, is reported, with what was typed and a sentence
        for each field that is wrong. ``reasons`` are labels by code; 0 characters is no limit."""
        title = Sentence("Report a problem")
        if values.get("comment"):
            title = Sentence("Report a comment")
        if errors:
            title = Sentence("Error: %(title)s", title=title)
        return self._own_page(
            "comments/report.html",
            content,
            locale=values.get("locale", ""),
            title=title,
            page=page,
            values=dict.fromkeys(("page", "locale", "token", "comment", "reason", "text"), "")
            | dict(values),
            errors=dict(errors),
            reasons=dict(reasons),
            most_characters=most_characters,
        )

    def report_thanks(self, content: Content, *, receipt: str) -> Rendered:
        """Where a reader lands after a report: its receipt, what happens next, where help is."""
        return self._own_page(
            "comments/report_thanks.html",
            content,
            title=Sentence("Thank you for your report"),
            receipt=receipt,
        )

    def mail_page(self, content: Content, template: str, what: str) -> Rendered:
        """A page behind a link of a mail: ``comments/mail_link.html`` with the button for
        ``"confirm"`` or ``"unsubscribe"``, or ``comments/mail_done.html`` for what came of it."""
        return self._own_page(template, content, title=MAIL_TITLES[what], what=what)

    def try_answers(self, content: Content) -> None:
        """Make what the edge will answer with and no release holds, so that a theme that cannot is
        refused before a reader needs it. Raises ``ContentError``."""
        page = content.page_link(content.site.root_page_id)
        wrong = {"text": "", "name": "", "email": ""}
        self.comment_refused(page, content, values={}, errors=wrong)
        self.not_sent(content, title="", sentence="", text="")
        for errors in ({}, {"reason": "", "text": ""}):
            self.report_form(
                page, content, values={}, errors=errors, reasons={"": ""}, most_characters=1
            )
        self.report_thanks(content, receipt="")
        self.comment_thanks(content, receipt="-")
        for template, whats in MAIL_PAGES.items():
            for what in whats:
                self.mail_page(content, template, what)

    def card(self, topic: PageLink | None, content: Content) -> Rendered:
        """What other sites show beside links to pages of a topic, or to others of the site, as PNG.

        It goes out without words, and with a warning, where its font lacks one of their letters.
        """
        card = self._card(topic, content.site)
        if card.can_be_written:
            return Rendered(drawn(card))
        message = (
            f"The card that other sites show beside links to '{card.title}' went out without "
            "words: its font has Latin letters only, and none with an accent."
        )
        subject, path = (Ref("page", topic.id), topic.path) if topic else (None, card.path)
        return Rendered(drawn(card), (Finding("warning", subject, path, message),))

    def card_path(self, topic: PageLink | None, site: Site) -> str:
        """Where the card of a topic lies, or, without one, that of the site."""
        return self._card(topic, site).path

    def _card(self, topic: PageLink | None, site: Site) -> Card:
        if topic is None:
            return Card(0, site.strapline or site.name, site.name, *self._looks_of_cards)
        return Card(topic.id, topic.title, site.name, *self._looks_of_cards)

    @cached_property
    def _looks_of_cards(self) -> tuple[str, str, bool]:
        """The colours of a button in the light scheme, and whether there is the leaf."""
        colours = self._theme.light_colours()
        ground, ink = colours.get("leaf-ink", "#14532d"), colours.get("on-leaf", "#ffffff")
        return ground, ink, self._theme.logo("logo") is None

    def sitemap(self, pages: Sequence[PageLink]) -> Rendered:
        """``sitemap.xml`` of these pages, in this order."""
        filling = self.templates_in(ENGLISH).filled({"pages": pages}, lambda: "the sitemap")
        return Rendered(filling.text("sitemap.xml").encode())

    def sitemap_index(self, paths: Sequence[str]) -> Rendered:
        """``sitemap.xml`` of a site too large for one: it names the maps of its parts."""
        filling = self.templates_in(ENGLISH).filled({"paths": paths}, lambda: "the sitemap")
        return Rendered(filling.text("sitemap_index.xml").encode())

    def feed(
        self,
        pages: Sequence[PageLink],
        content: Content,
        *,
        topic: PageLink | None = None,
        locale: str = "",
    ) -> Rendered:
        """``feed.xml``: Atom (RFC 4287) of these pages, in this order; of the whole site, or of a
        ``topic`` in the language of its ``locale``."""
        dates = [page.last_published_at for page in pages if page.last_published_at]
        site = content.site
        variables = {
            "language": language_of(locale, site.language),
            "pages": pages,
            "site": site,
            "title": f"{topic.title} - {site.name}" if topic else site.name,
            "subtitle": topic.summary if topic else site.strapline,
            "path": topic.path if topic else "/",
            "updated": max(dates, default=datetime(1970, 1, 1, tzinfo=UTC)),
        }
        templates = self.templates_in(content.site.language)
        filling = templates.filled(variables, lambda: f"the Atom feed of '{variables['path']}'")
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
            "direction": direction_of(content.site.language),
        }
        templates = self.templates_in(content.site.language)
        filling = templates.filled(variables, lambda: f"the redirect from '{rule.path}'")
        return Rendered(filling.text("redirect.html").encode())

    def headers(self) -> Rendered:
        """``_headers``, for hosts that read it."""
        return Rendered(headers_file(self._origin, self._base_path, self._hsts).encode())

    def href(self, path: str) -> str:
        """``"/médecine/"`` becomes ``"/health/m%C3%A9decine/"``."""
        return self._base_path + (path if _PLAIN.fullmatch(path) else quote(path))

    def absolute(self, path: str) -> str:
        """``"/about/"`` becomes ``"https://example.org/health/about/"``."""
        return self._origin + self.href(path)

    def srcset(self, renditions: Iterable[Rendition]) -> str:
        """``"/images/1f.webp 320w, /images/2e.webp 640w"``."""
        return ", ".join(f"{self.href('/' + r.file_path)} {r.width}w" for r in renditions)

    def _location_of(self, rule: RedirectRule) -> str:
        return self._base_path + rule.location if rule.location.startswith("/") else rule.location

    def _own_page(
        self,
        name: str,
        content: Content,
        *,
        title: str,
        path: str = "",
        above: Sequence[LinkedPage] = (),
        home: Page | None = None,
        locale: str = "",
        **extra: Any,
    ) -> Rendered:
        """A page that no editor wrote, in the language of the one that it is about; at a ``path``
        of its own, below ``home`` and ``above``."""
        language = language_of(locale, content.site.language)
        lookup = Lookup(self, content, language, subject=None, path="")
        say = lookup.templates.words.say
        above = [link._replace(title=say(link.title)) for link in above]
        variables = self._chrome(lookup, path=path, page=None)
        variables |= {
            "title": say(title),
            "description": "",
            "ancestors": [home.link.linked, *above] if home and path else [],
            "home": home,
            "has_glossary": bool(content.snippets("articles.GlossaryTerm")),
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
            **{name: _said(value, say) for name, value in extra.items()},
        }
        filling = lookup.templates.filled(variables, lambda: f"'{name}'")
        return self._finished(filling.text(name), lookup)

    def _lookup(self, page: Page, content: Content, path: str) -> Lookup:
        language = language_of(page.locale, content.site.language)
        return Lookup(self, content, language, subject=Ref("page", page.id), path=path)

    def _finished(self, html: str, lookup: Lookup) -> Rendered:
        if self.dead_links == "fail" and lookup.unlinked:
            raise ContentError(
                f"{lookup.unlinked[0]} Publish what it leads to, or change the link: "
                "PLAINLEAF_DEAD_LINKS refuses pages with such links."
            )
        for warning in lookup.shared.warnings:
            if self.dead_links != "unlink" or not isinstance(warning, richtext.Unlinked):
                lookup.warn(warning)
        return Rendered(html.encode(), tuple(lookup.findings))

    def _chrome(
        self,
        lookup: Lookup,
        *,
        path: str,
        page: Page | None,
        now: datetime | None = None,
    ) -> dict[str, Any]:
        """What surrounds every page. An empty ``path`` is a page without an address of its own."""
        shared, language = lookup.shared, lookup.language
        return shared.variables | {
            "language": language,
            "direction": direction_of(language),
            "path": path,
            "structured_data": "",
            "card": None,
            "alternates": (),
            "is_first": False,
            "is_searchable": False,
            "alert": lookup.content.site.alert_at(now),
            "current": page.id if page and page.id in shared.in_menus else None,
            "rich_text": lookup.rich_text,
            "find_page": lookup.find_page,
            "find_image": lookup.find_image,
            "cite": lookup.cite,
            "find_glossary_term": lookup.find_glossary_term,
            "find_helpline": lookup.find_helpline,
            "find_person": lookup.find_person,
            "find_address": lookup.find_address,
            "readable": lookup.readable,
            "show": lookup.show,
            "show_block": lookup.show_block,
        }

    def has_template_for(self, name: str) -> bool:
        """Whether a template of that name is about this site's types."""
        return name in self._typed

    def shown(self, lookup: Lookup, name: str, variables: Mapping[str, Any]) -> Markup:
        """A template about one value of a page, which may ask what the page's own may ask."""
        asked = self._chrome(lookup, path="", page=None)
        filling = lookup.templates.filled(
            {**asked, **variables}, lambda: f"a value of '{lookup.path}'"
        )
        return Markup(filling.text(name))  # noqa: S704 - from an autoescaped template

    def shared_by_pages_of(self, content: Content) -> Shared:
        """Made again when something that it shows came, left or was changed."""
        shared = self._shared
        if shared is None or not shared.is_still(content):
            shared = self._shared = shared_by(
                content,
                href=self.href,
                picture=self.templates_in(content.site.language).picture,
            )
        return shared

    def _body(
        self, page: Page, lookup: Lookup, shared: Mapping[str, Any]
    ) -> tuple[Markup, list[tuple[str, str]]]:
        """The blocks as HTML, and (anchor, heading) of each section."""
        filling = lookup.templates.filled(
            shared,
            lambda: f"body[{position}].{block.type} of page {page.id} ('{page.path}')",
        )
        variables = filling.variables
        rendered: list[str] = []
        sections: list[tuple[str, str]] = []
        outline = BodyOutline(
            lambda: self._section_heading(lookup.templates, variables["block"].type)
        )
        for position, block in enumerate(page.body, start=1):
            name = f"blocks/{block.type}.html"
            if name not in self._typed:
                if self.knows_types:
                    lookup.warn(
                        f"There is no template 'templates/{name}': the text of block {position} of "
                        f"page {page.id} went out without its form. Add the template to the theme."
                    )
                name = "blocks/_unknown.html"
            variables["is_first"] = position == 1
            variables["block"] = block
            variables["value"] = block.value
            opening = outline.open(block, position)
            if opening.is_section:
                sections.append((opening.anchor, opening.heading))
            variables["heading"] = opening.heading
            variables["anchor"] = opening.anchor
            variables["level"] = opening.level
            lookup.place = (position, block.type)
            rendered.append(filling.text(name))
        lookup.place = (0, "")
        return Markup("".join(rendered)), sections  # noqa: S704 - from autoescaped templates


def code_that_shapes() -> list[Path]:
    """Every file of code whose change may change a rendered byte."""
    package = Path(__file__).parent.parent
    modules = [package / f"{module}.py" for module in MODULES_THAT_SHAPE]
    return [*modules, *sorted((package / "render").glob("*.py"))]


def policy_of(path: str) -> Markup:
    """What a page says of itself in ``<meta>``. In double quotes it needs no escaping."""
    return _POLICY_OF_SEARCH if path.startswith(SEARCH_PATH) else _POLICY


@lru_cache(maxsize=256)
def template_of(page_type: str) -> str:
    """``"articles.ArticlePage"`` becomes ``"articles/article_page.html"``."""
    app, _, model = page_type.rpartition(".")
    return f"{app}/{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', model).lower()}.html"


def _said(value: Any, say: Callable[[str], str]) -> Any:
    """Sentences in the language of the page they are for, single or by name."""
    if isinstance(value, dict):
        return {name: _said(one, say) for name, one in value.items()}
    return say(value) if isinstance(value, str) else value


def direction_of(language: str) -> str:
    """``"rtl"`` for Arabic, say."""
    return "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def language_of(locale: str, site_language: str) -> str:
    """The site's "en-gb" for a page in "en"; another language speaks for itself."""
    same = not locale or locale.split("-")[0].lower() == site_language.split("-")[0].lower()
    return site_language if same else locale
