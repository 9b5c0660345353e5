"""What the exported sample site promises to whoever opens it, promise by promise."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, Tag

from frontend_export.headers import policy_in_page
from tests.frontend_export.site_in_view import Outline
from tests.live import Stack
from tests.vocabulary import faults_in

pytestmark = pytest.mark.end_to_end

ARTICLES = {
    "conditions/migraine/index.html",
    "living-well/sleep/index.html",
    "medicines/ketamine/index.html",
    "medicines/ketamine-and-depression/index.html",
    "medicines/lithium/index.html",
    "medicines/methotrexate/index.html",
    "medicines/naloxone/index.html",
    "medicines/paracetamol/index.html",
    "medicines/ssris/index.html",
}
JSON_LD = "application/ld+json"  # data, which no browser runs
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"
SELLING = re.compile(
    r"\b(buy|shop|checkout|discount|order (now|online)|add to (basket|cart))\b|[£$€]\s?\d",
    re.IGNORECASE,
)
LARGEST_TEXT_BYTES = 20_000  # a page, its styles and its script, compressed: two round trips
LARGEST_IMAGE_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, sample_stack: Callable[[Path], Stack]
) -> Iterator[Stack]:
    with sample_stack(tmp_path_factory.mktemp("promises")) as stack:
        stack.start_cms()
        stack.export()
        yield stack


@pytest.fixture(scope="module")
def files(stack: Stack) -> dict[str, bytes]:
    """Every file of the site, by its path."""
    return {
        path.relative_to(stack.current).as_posix(): path.read_bytes()
        for path in stack.current.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, BeautifulSoup]:
    """Every HTML file of the site, by its path."""
    return {
        path: BeautifulSoup(body, "html.parser")
        for path, body in files.items()
        if path.endswith(".html")
    }


@pytest.fixture(scope="module")
def ketamine(pages: dict[str, BeautifulSoup]) -> BeautifulSoup:
    return pages["medicines/ketamine/index.html"]


def test_ketamine_page_has_one_h1(ketamine: BeautifulSoup) -> None:
    assert [heading.get_text() for heading in ketamine.find_all("h1")] == ["What is ketamine?"]


def test_medical_uses_are_a_numbered_list_with_nested_bullets(ketamine: BeautifulSoup) -> None:
    uses = section(ketamine, "Medical uses")

    items = [child for child in one(uses, "ol").children if isinstance(child, Tag)]
    assert {item.name for item in items} == {"li"}
    assert one(items[0], "strong").get_text() == "Anaesthesia"
    assert len(items[0].select("ul > li")) == 3


def test_benefits_are_bullets_of_a_bold_term_and_a_sentence(ketamine: BeautifulSoup) -> None:
    for item in section(ketamine, "Benefits").select("ul > li"):
        term = one(item, "strong").get_text()
        said, _, sources = item.get_text().removeprefix(term).strip().partition(" Source ")
        assert said.endswith(".") and sources


def test_risks_are_introduced_and_then_listed(ketamine: BeautifulSoup) -> None:
    risks = section(ketamine, "Risks and considerations")

    told = [child.name for child in risks.children if isinstance(child, Tag)]
    assert told == ["h2", "p", *["h3", "ul", "p"] * 3]  # a heading, bullets and sources by kind


def test_severity_of_a_callout_is_in_words(pages: dict[str, BeautifulSoup]) -> None:
    words = {
        one(callout, ".callout__severity").get_text()
        for path in ARTICLES
        for callout in pages[path].select(".callout")
    }
    assert words == {"Important:", "Serious risk:"}


def test_urgency_of_a_care_card_is_in_words(ketamine: BeautifulSoup) -> None:
    cards = [heading.get_text() for heading in ketamine.select(".care-card__heading")]

    assert cards == ["Immediate action required: Call 999 if:", "Non-urgent advice: See a GP if:"]


def test_article_ends_with_its_conclusion(ketamine: BeautifulSoup) -> None:
    conclusion = section(ketamine, "In short")
    after = conclusion.find_next_siblings()

    assert "valuable anaesthetic in trained hands" in conclusion.get_text()
    *sections, report = [part for part in after if part.name]
    ids = ["report-side-effects", "sources", "about-this-information", "related", None]
    assert [one(part, "h2").get("id") for part in sections] == ids
    assert one(report, "a").get_text() == "Report a problem with this page"


def test_form_says_what_is_required_before_its_first_field(ketamine: BeautifulSoup) -> None:
    form = one(ketamine, "form")
    note = one(form, "p")
    first = one(form, "input:not([type=hidden]), textarea")

    assert note.get_text() == "All fields marked with an asterisk (*) are required"
    assert note in first.find_all_previous("p")
    assert (form["method"], form["action"]) == ("post", "/comments")
    required = [field["name"] for field in form.select("[required]")]
    assert required == ["name", "text"]
    for name in required:
        label = one(form, f"label[for={one(form, f'[name={name}]')['id']}]")
        assert label.get_text().endswith("*")


@pytest.mark.parametrize("leak", ["linktype=", "embedtype=", "data-block-key"])
def test_nothing_stored_is_in_any_file(files: dict[str, bytes], leak: str) -> None:
    assert [path for path, body in files.items() if leak.encode() in body] == []


def test_no_file_names_the_cms(stack: Stack, files: dict[str, bytes]) -> None:
    host = urlsplit(stack.cms_url).netloc.encode()

    assert [path for path, body in files.items() if host in body] == []


def test_no_attribute_says_none(pages: dict[str, BeautifulSoup]) -> None:
    said = [
        (path, tag.name, name)
        for path, page in pages.items()
        for tag in page.find_all(True)
        for name, value in tag.attrs.items()
        if re.search(r"\bNone\b", str(value))
    ]
    assert said == []


def test_check_finds_no_problem(stack: Stack) -> None:
    done = stack.run("-m", "frontend_export", "check", "--json")

    assert json.loads(done.stdout) == {"problems": []}


def test_export_of_nothing_new_touches_nothing(stack: Stack) -> None:
    before = marks(stack.public)
    report = stack.export()

    assert (report["switched"], report["rendered"], report["removed"]) == (False, 0, 0)
    assert marks(stack.public) == before


def test_full_export_of_nothing_new_makes_the_same_bytes(
    stack: Stack, files: dict[str, bytes]
) -> None:
    stack.export("--full")

    assert {path: (stack.current / path).read_bytes() for path in files} == files


def test_sitemap_lists_every_page_and_nothing_else(
    stack: Stack, files: dict[str, bytes], pages: dict[str, BeautifulSoup]
) -> None:
    sitemap = ElementTree.fromstring(files["sitemap.xml"])

    listed = {location.text for location in sitemap.iter(f"{SITEMAP}loc")}
    finding = {"a-z/index.html", "glossary/index.html", "search/index.html", "site-map/index.html"}
    content = set(pages) - {"404.html", "comments/thanks/index.html"} - finding
    assert listed == {f"{stack.site_url}/{path.removesuffix('index.html')}" for path in content}


def test_atom_feed_has_every_article(stack: Stack, files: dict[str, bytes]) -> None:
    feed = ElementTree.fromstring(files["feed.xml"])

    assert feed.tag == f"{ATOM}feed"
    links = {link.get("href") for link in feed.iterfind(f"{ATOM}entry/{ATOM}link")}
    assert links == {f"{stack.site_url}/{path.removesuffix('index.html')}" for path in ARTICLES}


def test_files_for_hosts_and_robots_are_there(stack: Stack, files: dict[str, bytes]) -> None:
    assert {"robots.txt", "_headers", "_redirects", "404.html"} <= set(files)
    assert f"Sitemap: {stack.site_url}/sitemap.xml" in files["robots.txt"].decode()
    assert "Content-Security-Policy: default-src 'none'" in files["_headers"].decode()


def test_one_stylesheet_is_named_after_its_content(
    files: dict[str, bytes], pages: dict[str, BeautifulSoup]
) -> None:
    (path,) = (path for path in files if path.endswith(".css"))

    assert hashlib.sha256(files[path]).hexdigest().startswith(path.split(".")[-2])
    linked = {one(page, "link[rel=stylesheet]")["href"] for page in pages.values()}
    assert linked == {f"/{path}"}


def test_every_page_has_language_title_main_and_skip_link(pages: dict[str, BeautifulSoup]) -> None:
    for path, page in pages.items():
        assert one(page, "html")["lang"] == "en-gb", path
        assert one(page, "title").get_text().endswith("Plainleaf"), path
        assert one(page, "main")["id"] == "main", path
        assert one(page, "body").find_all(True)[0]["href"] == "#main", path
    titles = {one(page, "title").get_text() for page in pages.values()}
    assert len(titles) == len(pages)


def test_every_article_says_that_it_is_a_sample(pages: dict[str, BeautifulSoup]) -> None:
    for path in ARTICLES:
        notice = one(pages[path], ".notice--sample").get_text()
        assert notice == "Sample content. No clinician has reviewed this page.", path


def test_nothing_sells(pages: dict[str, BeautifulSoup]) -> None:
    sold = {path: SELLING.search(page.get_text(" ")) for path, page in pages.items()}

    assert {path: found[0] for path, found in sold.items() if found} == {}


def test_every_image_says_what_it_shows_and_keeps_its_place(
    pages: dict[str, BeautifulSoup],
) -> None:
    images = [image for page in pages.values() for image in page.find_all("img")]

    assert len(images) >= len(ARTICLES)
    assert [image for image in images if not {"alt", "width", "height"} <= set(image.attrs)] == []


def test_pages_and_images_are_light(
    files: dict[str, bytes], pages: dict[str, BeautifulSoup]
) -> None:
    (styles,) = (len(gzip.compress(body)) for path, body in files.items() if path.endswith(".css"))
    weights = {
        path: styles
        + len(gzip.compress(files[path]))
        + sum(
            len(gzip.compress(files[str(tag["src"]).removeprefix("/")]))
            for tag in page.select("script[src]")
        )
        for path, page in pages.items()
    }
    images = {path: len(body) for path, body in files.items() if path.startswith("images/")}

    assert {path: size for path, size in weights.items() if size > LARGEST_TEXT_BYTES} == {}
    assert {path: size for path, size in images.items() if size > LARGEST_IMAGE_BYTES} == {}


def test_two_pages_have_a_script_and_no_page_is_less_without_it(
    files: dict[str, bytes], pages: dict[str, BeautifulSoup]
) -> None:
    comment_script, search_script = sorted(
        path for path in files if re.fullmatch(r"assets/js/[a-z-]+\.[0-9a-f]{12}\.js", path)
    )
    assert len(gzip.compress(files[comment_script])) <= 4096

    def attributes_of(script: str) -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha384(files[script]).digest()).decode()
        return {"src": f"/{script}", "integrity": f"sha384-{digest}", "defer": ""}

    for path, page in pages.items():
        expected = []
        if page.select_one("#comment-form"):
            expected = [attributes_of(comment_script)]
        elif path == "comments/thanks/index.html":
            expected = [attributes_of(comment_script) | {"data-sent": ""}]
        elif path == "search/index.html":
            expected = [attributes_of(search_script)]
        run = [tag for tag in page.find_all("script") if tag.get("type") != JSON_LD]
        assert [tag.attrs for tag in run] == expected, path
        assert [tag for tag in run if tag.string] == [], path
        assert page.find_all("noscript") == [], path
        assert page.select("[href^='javascript:']") == [], path


def test_nothing_is_inline(pages: dict[str, BeautifulSoup]) -> None:
    for path, page in pages.items():
        assert page.find_all("style") == [], path
        names = {name for tag in page.find_all(True) for name in tag.attrs}
        assert {name for name in names if name == "style" or name.startswith("on")} == set(), path


def test_every_page_says_the_policy_of_its_path_first(pages: dict[str, BeautifulSoup]) -> None:
    for path, page in pages.items():
        charset, policy = page.select("head > *")[:2]
        assert charset.attrs == {"charset": "utf-8"}, path
        assert policy["http-equiv"] == "Content-Security-Policy", path
        assert policy["content"] == policy_in_page(f"/{path.removesuffix('index.html')}"), path
        assert ("unsafe" in str(policy["content"])) is (path == "search/index.html"), path


def test_every_page_has_one_h1_and_skips_no_level(files: dict[str, bytes]) -> None:
    outlines = {path: Outline(body) for path, body in files.items() if path.endswith(".html")}
    out_of_order = {
        path: outline.headings for path, outline in outlines.items() if not outline.is_in_order()
    }
    assert out_of_order == {}


def test_what_pages_say_to_machines_is_in_the_vocabulary(pages: dict[str, BeautifulSoup]) -> None:
    said = {
        path: json.loads(str(tag.string))
        for path, page in pages.items()
        for tag in page.select(f"script[type='{JSON_LD}']")
    }
    assert said.keys() >= ARTICLES
    assert [fault for path, thing in said.items() for fault in faults_in(thing, path)] == []


def test_no_page_loads_anything_from_elsewhere(pages: dict[str, BeautifulSoup]) -> None:
    loaded = {
        tag[name]
        for page in pages.values()
        for tag, name in [
            *((tag, "src") for tag in page.select("[src]")),
            *((tag, "href") for tag in page.select("link[rel=stylesheet], link[rel=icon]")),
        ]
    }
    assert {address for address in loaded if not re.match(r"/[^/]", str(address))} == set()


def one(node: Tag, selector: str) -> Tag:
    """The first ``selector`` below ``node``, which is there."""
    found = node.select_one(selector)
    assert found is not None, f"No {selector} in {str(node)[:200]}"
    return found


def section(page: BeautifulSoup, heading: str) -> Tag:
    """The section that starts with this heading."""
    found = page.find("h2", string=heading)
    assert found is not None and found.parent is not None
    assert found.parent.name == "section"
    return found.parent


def marks(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Inode, modification time, size and link target of all that is below ``folder``."""
    return {
        path.relative_to(folder).as_posix(): (
            (stat := path.lstat()).st_ino,
            stat.st_mtime_ns,
            stat.st_size,
            str(path.readlink()) if path.is_symlink() else "",
        )
        for path in [folder, *folder.rglob("*")]
    }
