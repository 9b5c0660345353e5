"""A theme's templates mean what Jinja says they mean, however their code is made."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from frontend_export.errors import ContentError
from frontend_export.render.renderer import Renderer
from frontend_export.templates import Templates

VALUES = {
    "text": "<b> & 'c'",
    "safe": Markup("<i>safe</i>"),
    "number": 7,
    "share": 1.5,
    "yes": True,
    "stored": {"items": [{"value": "<x>"}, {"value": 2}], "text": "plain"},
    "pairs": [("a", "<1>"), ("b", "2")],
}

SOURCES = [
    "{{ text }} {{ safe }} {{ number }} {{ share }} {{ yes }} {{ text|upper }} {{ text ~ safe }}",
    "{% for pair in pairs %}{{ loop.index }}{{ pair[1] }}{% else %}none{% endfor %}",
    "{% for key, word in pairs if key == 'b' %}{{ word }}{{ text }}{% endfor %}{{ number }}",
    "{% set mine = text %}{{ mine }}{% set block %}<u>{{ text }}</u>{% endset %}{{ block }}",
    "{% autoescape false %}{{ text }}{% endautoescape %}{{ text }}",
    "{% if text %}{% include 'part.html' %}{% endif %}{{ text }}",
    "{{ text }}{% include 'part.html' without context %}{{ text }}",
    "{% with number = 9 %}{{ number }}{% include 'part.html' %}{% endwith %}{{ number }}",
    "{% import 'macros.html' as macros %}{{ macros.tag(text) }}{{ text }}",
    "{% macro own(x, y=2) %}<{{ x }}{{ y }}{{ caller() }}>{% endmacro %}"
    "{% call own(text) %}in {{ text }}{% endcall %}{{ text }}",
    "{% extends 'frame.html' %}{% block inner %}{{ text }}{{ super() }}{% endblock %}",
    "{{ text }}{% filter upper %}{{ text }} abc{% endfilter %}{{ range(3)|join(text) }}",
    "{% for n in [1, [2]] recursive %}{% if n is iterable %}{{ loop(n) }}{% else %}{{ n }}"
    "{% endif %}{{ text }}{% endfor %}",
    "{{ pairs|map(attribute=1)|join(', ') }}{{ [].append(1) or '' }}{{ '%s' % text }}",
]

FILES = {
    "part.html": "[{{ number|default('no number') }}]",
    "macros.html": "{% macro tag(x) %}<{{ x }}>{% endmacro %}",
    "frame.html": "({% block inner %}{{ number }}{% endblock %})"
    "{% block other %}{{ self.inner() }}{% endblock %}",
}


def templates(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        (folder / name).write_text(text)
    return Templates([folder], filters={}, names={}, fingerprint=uuid4().hex)


@pytest.mark.parametrize("source", SOURCES)
def test_template_says_what_jinja_says(tmp_path, source):
    filling = templates(tmp_path, **{**FILES, "source.html": source}).filled(VALUES, lambda: "x")
    plain = Environment(loader=FileSystemLoader(tmp_path), autoescape=True)
    assert filling.text("source.html") == plain.get_template("source.html").render(VALUES)


def test_absent_value_prints_nothing(tmp_path):
    filling = templates(tmp_path, a="[{{ absent }}{{ 'x' if none }}]").filled(
        {"absent": None}, lambda: "x"
    )
    assert filling.text("a") == "[]"


def test_key_of_a_stored_value_is_found_before_a_method(tmp_path):
    filling = templates(tmp_path, a="{{ stored.items[1].value }}{{ stored.keys()|length }}")
    assert filling.filled(VALUES, lambda: "x").text("a") == "22"


@pytest.mark.parametrize(
    "source",
    [
        "{{ nobody }}",
        "{{ stored.nothing }}",
        "{{ nobody() }}",
        "{% if stored.nothing %}{% endif %}",
    ],
)
def test_name_that_does_not_exist_is_a_fault(tmp_path, source):
    made = templates(tmp_path, a=f"1\n{{{{ text }}}}\n{source}\n4")
    filling = made.filled(VALUES, lambda: "page 5")
    with pytest.raises(
        ContentError, match=r"^Template 'a' could not render page 5: .* (undefined|no attribute)"
    ):
        filling.text("a")


def test_template_knows_nothing_that_another_one_set(tmp_path):
    filling = templates(tmp_path, a="{% set mine = 1 %}{{ mine }}", b="{{ mine }}").filled(
        {}, lambda: "x"
    )
    assert filling.text("a") == "1"
    with pytest.raises(ContentError, match="'mine' is undefined"):
        filling.text("b")


def test_template_is_filled_with_what_was_changed_in_between(tmp_path):
    filling = templates(tmp_path, a="{{ text }}").filled({"text": "one"}, lambda: "x")
    assert filling.text("a") == "one"
    filling.variables["text"] = "two"
    assert filling.text("a") == "two"


def test_compiled_template_is_kept_for_the_next_process(tmp_path, monkeypatch):
    (tmp_path / "a.html").write_text("{{ text }}!")
    made_by = uuid4().hex
    for compiles in (True, False):
        if not compiles:
            monkeypatch.setattr(Environment, "compile", None)
        found = Templates([tmp_path], filters={}, names={}, fingerprint=made_by)
        assert found.filled(VALUES, lambda: "x").text("a.html") == "&lt;b&gt; &amp; &#39;c&#39;!"
    monkeypatch.undo()
    (tmp_path / "a.html").write_text("Another text")
    found = Templates([tmp_path], filters={}, names={}, fingerprint=made_by)
    assert found.filled(VALUES, lambda: "x").text("a.html") == "Another text"


def test_what_was_worked_out_for_one_address_is_not_kept_for_another(tmp_path):
    template = tmp_path / "templates" / "sitemap.xml"
    template.parent.mkdir()
    template.write_text('{{ "/a/"|absolute }}')
    for address in ("https://one.example", "https://two.example", "https://two.example/below"):
        renderer = Renderer(site_url=address, theme_dir=tmp_path)
        assert renderer.sitemap([]).body.decode() == f"{address}/a/"


@pytest.mark.parametrize("hindrance", ["a file", "a link elsewhere", "a damaged copy", "no room"])
def test_where_nothing_can_be_kept_templates_are_compiled(tmp_path, monkeypatch, hindrance):
    folder, theme = tmp_path / "temporary", tmp_path / "theme"
    folder.mkdir()
    theme.mkdir()
    (theme / "a.html").write_text("{{ number }}")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    own = folder / f"_jinja2-cache-{os.getuid()}"
    match hindrance:
        case "a file":
            own.write_text("")
        case "a link elsewhere":
            own.symlink_to(theme)
        case "a damaged copy":
            Templates([theme], filters={}, names={}, fingerprint="same").load()
            (copy,) = own.iterdir()
            copy.write_bytes(copy.read_bytes()[:-20])
        case "no room":
            monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    found = Templates([theme], filters={}, names={}, fingerprint="same")
    assert found.filled(VALUES, lambda: "x").text("a.html") == "7"
    assert [path.name for path in theme.iterdir()] == ["a.html"]


def refuse(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
