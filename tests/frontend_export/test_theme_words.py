"""No word of the theme is anywhere but in its messages, and every page says them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from jinja2.ext import InternationalizationExtension

from frontend_export.edge.app import create_app
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME, ThemeFiles
from frontend_export.styleguide.guide import Edition
from frontend_export.styleguide.views import View

from .edge_site import Edge, page, publish, serving, settings_for
from .pseudo import LEFT_TO_RIGHT, POT, RIGHT_TO_LEFT, Shown, pseudo_theme

# The style guide is for those who make themes.
TEMPLATES = sorted(
    path.relative_to(THEME / "templates").as_posix()
    for path in (THEME / "templates").rglob("*.*ml")
    if "styleguide" not in path.parts
)
# What looks like a code stays as it is in samples.
WORDS_OF_SAMPLES = {
    word
    for path in (THEME / "samples").rglob("*.json")
    for word in re.findall(r'"([a-z]+|[A-Z]+)"', path.read_text("utf-8"))
}
OPEN, SHUT = (f"6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1b0{number}" for number in (5, 7))
COMMENT = {"page": OPEN, "locale": "el-xa", "name": "Σαμ", "text": "Καλό.", "email": ""}
MESSAGES = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_OF_JINJA = re.compile(r"{#.*?#}|{%-?\s*trans\b.*?endtrans\s*[-+]?%}|{%.*?%}|{{.*?}}", re.DOTALL)
_ATTRIBUTE_OF_A_MACRO = re.compile(r'^ ?[a-z-]+="[^"]*"', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE = re.compile(r"^[A-Z][a-z]+(?:[ :.,]|$)|[a-z] [a-z]")


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_no_words_outside_messages(name):
    source = (THEME / "templates" / name).read_text("utf-8")
    html = _ATTRIBUTE_OF_A_MACRO.sub("", _OF_JINJA.sub("", source))
    assert [text for text in Shown(html).texts if _WORD.search(text)] == []
    tree = Environment(extensions=[InternationalizationExtension]).parse(source)
    messages = [one for one in tree.find_all(nodes.Call) if _is_message(one)]
    said = {id(part) for one in messages for part in one.find_all(nodes.Const)}
    unsaid = [one.value for one in tree.find_all(nodes.Const) if id(one) not in said]
    assert [text for text in unsaid if isinstance(text, str) and _PROSE.search(text)] == []
    is_known = [isinstance(one.args[0], nodes.Const) for one in messages]
    assert all(is_known)  # or nobody could translate it


def test_script_has_no_words():
    """But for those of faults, which no reader sees."""
    for path in (THEME / "static").rglob("*.js"):
        code = re.sub(
            r"/\*.*?\*/|//[^\n]*|Error\(.*?\)", "", path.read_text("utf-8"), flags=re.DOTALL
        )
        texts = re.findall(r"\"([^\"\n]*)\"|`([^`]*)`", code)
        assert [text for text in map("".join, texts) if re.match("[A-Z][a-z]+ ", text)] == []


def test_messages_for_translators_are_those_that_the_code_has():
    """Otherwise: ``make messages``."""
    assert _messages_for_translators() == set(_messages_in_code())


@pytest.fixture(scope="module", params=[LEFT_TO_RIGHT, RIGHT_TO_LEFT])
def pages(request, tmp_path_factory) -> dict[str, str]:
    """Every state of every template, in a language that has a word for everything."""
    folder = pseudo_theme(tmp_path_factory.mktemp("theme"), request.param)
    renderer = Renderer(site_url="https://example.org", theme_dir=folder)
    language = request.param.replace("_", "-").lower()
    edition = Edition(renderer, ThemeFiles(folder), View("", "", language=language), "")
    return {
        f"{name}: {state}": edition.rendered(component, state).body.decode()
        for name, component in edition.components.items()
        for state in component.states
    }


def test_every_page_says_everything_in_its_language(pages):
    left = {
        name: [text for text in Shown(html).texts if _latin_in(text)]
        for name, html in pages.items()
        if not name.startswith(("blocks/_unknown:", "page:"))  # which name fields
    }
    assert {name: texts for name, texts in left.items() if texts} == {}


def test_page_in_a_language_from_right_to_left_says_so(pages):
    whole = [html for html in pages.values() if "<html" in html]
    is_arabic = 'lang="ar-xb"' in whole[0]
    assert whole
    assert all(('dir="rtl"' in html) == is_arabic for html in whole)


@pytest.fixture(scope="module")
def edge(tmp_path_factory) -> Iterator[Edge]:
    """Of an English site with a page in that language, which takes one comment a minute."""
    folder = tmp_path_factory.mktemp("edge")
    other = {"locale": "el-xa"}
    publish(
        folder,
        pages=[
            page(1, "/", "1"),
            page(5, "/5/", "5", OPEN) | other,
            page(7, "/7/", "7", SHUT, is_open=False) | other,
        ],
    )
    settings = settings_for(
        folder,
        theme_dir=pseudo_theme(folder / "theme", LEFT_TO_RIGHT),
        comment_network_per_minute=1,
    )
    with serving(create_app(settings, serve_site=False)) as edge:
        edge.post("/comments", data=COMMENT)
        yield edge


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/comments", {"name": "", "text": "", "notify": "yes"}, 422),
        ("/comments", {"name": "x" * 99, "text": "y" * 9999, "email": "z"}, 422),
        ("/comments", {"name": "e" + "\u0301" * 31, "text": "\0\0"}, 422),
        ("/comments", {"text": "x"}, 422),
        ("/comments", {"text": "Another."}, 429),
        ("/comments", {"page": SHUT}, 403),
        ("/comments/report", {"reason": "", "text": "x" * 9999}, 422),
        ("/comments/report", {"reason": "other", "text": "\0"}, 422),
    ],
)
def test_edge_answers_in_the_language_of_the_page(edge, path, sent, status):
    english = {message for message, _ in _messages_for_translators()}
    form = COMMENT | sent
    html, record = (
        edge.post(path, data=form, headers={"Accept": accept})
        for accept in ("text/html", "application/json")
    )
    assert (html.status_code, record.status_code) == (status, status)
    answer = record.json()
    said = [answer["message"], *answer.get("errors", {}).values()]
    assert [text for text in said if not text or _latin_in(text)] == []
    assert '<html lang="el-xa"' in html.text
    assert english.isdisjoint(Shown(html.text).texts)


def _is_message(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in MESSAGES


def _latin_in(text: str) -> set[str]:
    words = set(_WORD.findall(re.sub(r"\S*[/@\d]\S*", "", text)))  # but for addresses and receipts
    return words - WORDS_OF_SAMPLES


def _key(message: object, context: object) -> tuple[object, object]:
    return message if isinstance(message, str) else tuple(message), context or ""


def _messages_for_translators() -> set[tuple[object, object]]:
    with POT.open("rb") as file:
        return {_key(message.id, message.context) for message in read_po(file) if message.id}


def _messages_in_code() -> Iterator[tuple[object, object]]:
    settings = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["babel"]
    methods = [(one["pattern"], one["method"]) for one in settings["mappings"]]
    options = {
        one["pattern"]: {k: v for k, v in one.items() if k not in {"pattern", "method"}}
        for one in settings["mappings"]
    }
    keywords = DEFAULT_KEYWORDS | {"message": None, "Sentence": None, "counted": (1, 2)}
    for _, _, message, _, context in extract_from_dir(
        "frontend_export", methods, options, keywords=keywords
    ):
        yield _key(message, context)
