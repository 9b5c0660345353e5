"""The theme keeps its promises: contrast, no inline anything, one place for values."""

from __future__ import annotations

import gzip
import re

import pytest

from frontend_export.render.colours import (
    BORDER_PAIRS,
    TEXT_PAIRS,
    colours_of,
    contrast,
    tokens_in,
)
from frontend_export.render.theme_files import LAYERS, THEME

TOKENS = (THEME / "static/css/tokens.css").read_text()
SCRIPTS = sorted((THEME / "static/js").iterdir())
STYLES = sorted((THEME / "static/css").rglob("*.css"))
TEMPLATES = sorted((THEME / "templates").rglob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [(*pair, 7.0) for pair in TEXT_PAIRS] + [(*pair, 3.0) for pair in BORDER_PAIRS],
)
def test_colours_that_meet_have_contrast(scheme, ink, ground, least):
    tokens = colours_of(tokens_in(TOKENS), is_dark=scheme == "dark")
    assert contrast(tokens[ink], tokens[ground]) >= least


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_colours_come_from_the_tokens(path):
    if path.name != "tokens.css":
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())) <= {"#000", "#fff"}


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_custom_property_is_a_token(path):
    used = set(re.findall(r"var\((--[\w-]+)", path.read_text()))
    assert used <= set(re.findall(r"(--[\w-]+):", TOKENS))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_style_is_in_a_layer(path):
    assert path.relative_to(THEME / "static/css").parts[0].removesuffix(".css") in LAYERS


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_mirror_in_languages_from_right_to_left(path):
    physical = (
        r"^\s*(?:(?:margin|padding|border)-(?:left|right)|left|right|text-align: (?:left|right))\b"
    )
    assert not re.search(physical, path.read_text(), re.M)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_hold_no_style_no_code_and_no_way_around_escaping(path):
    found = re.search(r"<style|\sstyle=|\son[a-z]+=|\|\s*safe|autoescape", path.read_text())
    assert found is None
    ours = (
        r'<script src="\{\{ (comment|search)_script_path\|href \}\}" '
        r'integrity="\{\{ integrity_of\(\1_script_path\) \}\}" defer(?: data-sent)?></script>'
    )
    data = re.escape('<script type="application/ld+json">{{ structured_data }}</script>')
    assert "<script" not in re.sub(f"{ours}|{data}", "", path.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_small_and_writes_no_markup(script):
    assert len(gzip.compress(script.read_bytes(), mtime=0)) <= 4096
    unsafe = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|localStorage"
    )
    assert not re.search(unsafe, script.read_text())


def test_no_style_outlives_its_template():
    styled = set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", "".join(p.read_text() for p in STYLES)))
    markup = "".join(path.read_text() for path in TEMPLATES)
    used = {name for value in re.findall(r'class="([^"]*)"', markup) for name in value.split()}
    made = tuple(name.partition("{{")[0] for name in used if "--{{" in name)  # "callout--{{ … }}"
    assert {name for name in styled - used if not name.startswith(made)} == set()
