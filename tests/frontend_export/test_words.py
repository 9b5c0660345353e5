"""A theme's fixed words are said in the language of the page, from message files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from markupsafe import Markup

from frontend_export.errors import SettingsError
from frontend_export.pipeline import export
from frontend_export.render.renderer import Renderer
from frontend_export.templates import Templates
from frontend_export.words import Languages, Sentence

from .fake_cms import cms, files_of, page, settings_for, site

HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=n==1 ? 0 : n<5 ? 1 : 2;\n"
"""

PAGE = """{{ _("Back to") }} <i title="{{ _("Close") }}">{{ who }}</i>
{% trans day=who %}Closed on <b>{{ day }}</b>, 100%.{% endtrans %}|
{%- trans n=count %}{{ n }} comment{% pluralize %}{{ n }} comments{% endtrans %}|
{{- pgettext("a page", "Back to") }}|{{ {"x": _("Close")}[key]|upper }}|{{ macro(_("Close")) }}"""

GERMAN = """
msgid "Back to"
msgstr "Zurück zu"

msgctxt "a page"
msgid "Back to"
msgstr "Seite zurück"

msgid "Close"
msgstr "Schließen"

msgid "Closed on <b>%(day)s</b>, 100%%."
msgstr "Am <b>%(day)s</b> geschlossen, 100%%."

msgid "%(n)s comment"
msgid_plural "%(n)s comments"
msgstr[0] "ein Kommentar"
msgstr[1] "%(n)s Kommentare"
msgstr[2] "viele (%(n)s) Kommentare"
"""


def catalog(theme: Path, language: str, messages: str) -> Path:
    path = theme / "locale" / language / "LC_MESSAGES" / "theme.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + messages)
    return path


def said(tmp_path: Path, language: str, source: str = PAGE, **values: object) -> str:
    (tmp_path / "page.html").write_text(source)
    words = Languages([tmp_path]).words_for(language)
    names = {"macro": lambda text: Markup("<u>{}</u>").format(text)}
    templates = Templates([tmp_path], filters={}, names=names, fingerprint=uuid4().hex, words=words)
    variables = {"who": "<you>", "count": 2, "key": "x", **values}
    return templates.filled(variables, lambda: "x").text("page.html")


def test_words_of_a_template_are_english_without_a_catalog(tmp_path):
    assert said(tmp_path, "de") == (
        'Back to <i title="Close">&lt;you&gt;</i>\nClosed on <b>&lt;you&gt;</b>, 100%.|2 comments|'
        "Back to|CLOSE|<u>Close</u>"
    )


def test_words_of_a_template_come_from_the_catalog_of_the_language(tmp_path):
    catalog(tmp_path, "de", GERMAN)
    assert said(tmp_path, "de-at") == (
        'Zurück zu <i title="Schließen">&lt;you&gt;</i>\n'
        "Am <b>&lt;you&gt;</b> geschlossen, 100%.|2 Kommentare|"
        "Seite zurück|SCHLIESSEN|<u>Schließen</u>"
    )
    assert "Closed on" in said(tmp_path, "en-gb")


@pytest.mark.parametrize(
    ("count", "words"), [(1, "ein Kommentar"), (4, "4 Kommentare"), (5, "viele (5) Kommentare")]
)
def test_number_chooses_the_form_that_the_language_has_for_it(tmp_path, count, words):
    catalog(tmp_path, "de", GERMAN)
    assert words in said(tmp_path, "de", count=count)


def test_message_is_looked_up_when_the_template_is_compiled(tmp_path):
    """So that it costs no page anything."""
    catalog(tmp_path, "de", GERMAN)
    words = Languages([tmp_path]).words_for("de")
    (tmp_path / "page.html").write_text(
        '{{ _("Close") }}{% trans who=who %}{{ who }}{% endtrans %}'
    )
    templates = Templates([tmp_path], filters={}, names={}, fingerprint=uuid4().hex, words=words)
    filling = templates.filled({"who": 1}, lambda: "x")
    filling.text("page.html")
    words.messages = None
    assert filling.text("page.html") == "Schließen1"


@pytest.mark.parametrize(
    ("language", "named"),
    [("pt-br", "Fechar BR"), ("pt_BR", "Fechar BR"), ("pt-pt", "Fechar"), ("ptx", "Close")],
)
def test_nearest_catalog_speaks_for_a_language(tmp_path, language, named):
    catalog(tmp_path, "pt", 'msgid "Close"\nmsgstr "Fechar"')
    catalog(tmp_path, "pt_BR", 'msgid "Close"\nmsgstr "Fechar BR"')
    assert said(tmp_path, language, '{{ _("Close") }}') == named


def test_other_words_render_the_site_again(tmp_path):
    (tmp_path / "static").mkdir()
    seen = []
    for words in ("Zu", "Schließen", ""):
        path = tmp_path / "locale" / "de" / "LC_MESSAGES" / "theme.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{HEADER}msgid "Close"\nmsgstr "{words}"')
        seen.append(Renderer(site_url="https://a.example", theme_dir=tmp_path).theme_fingerprint)
    assert len(set(seen)) == 3


def test_own_folder_says_it_before_the_theme_does(tmp_path):
    own, theme = tmp_path / "own", tmp_path / "theme"
    catalog(own, "de", 'msgid "Close"\nmsgstr "Zu"')
    catalog(theme, "de", GERMAN)
    messages = Languages([own, theme]).words_for("de").messages
    assert [messages.gettext(one) for one in ("Close", "Back to")] == ["Zu", "Zurück zu"]


def test_catalog_of_english_changes_the_words_of_the_templates(tmp_path):
    catalog(tmp_path, "en", 'msgid "Close"\nmsgstr "Shut"')
    assert said(tmp_path, "en-gb", '{{ _("Close") }} {{ "2026-03-01"|long_date }}') == (
        "Shut 1 March 2026"
    )


def test_words_that_a_translator_doubts_are_not_used(tmp_path):
    catalog(tmp_path, "de", '#, fuzzy\nmsgid "Close"\nmsgstr "Nahe"')
    assert said(tmp_path, "de", '{{ _("Close") }}') == "Close"


@pytest.mark.parametrize(
    ("language", "date", "number"),
    [
        ("en-us", "1 March 2026", "3,000"),
        ("de", "1. März 2026", "3.000"),
        ("ar-XB", "1 مارس", "3,"),
    ],
)
def test_dates_and_numbers_are_those_of_the_language(tmp_path, language, date, number):
    catalog(tmp_path, language.replace("-", "_"), "")
    shown = said(tmp_path, language, '{{ "2026-03-01"|long_date }}|{{ 3000|number }}').split("|")
    assert shown[0].startswith(date)
    assert shown[1].startswith(number)


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ('msgid "On %(day)s"\nmsgstr "Am %(tag)s"', r"line 5: .* other values than \['day'\]"),
        ('msgid "On %(day)s"\nmsgstr "Am Tag"', "show other values"),
        ('msgid "On %(day)s"\nmsgstr "Am %(day)s %"', "written %%"),
        ('msgid "An <b>aim</b>"\nmsgstr "Ein <b>Ziel"', "other HTML tags"),
        ('msgid "Close"\nmsgstr "\\"Zu\\""', "belongs to HTML"),
        ('msgid "Close"\nNonsense', "line 6"),
    ],
)
def test_catalog_with_a_slip_is_refused_and_named(tmp_path, messages, problem):
    path = catalog(tmp_path, "de", messages)
    with pytest.raises(SettingsError, match=problem) as refused:
        Languages([tmp_path])
    assert str(path) in str(refused.value)


def test_export_says_once_which_language_has_no_words(tmp_path):
    """Its pages go out, with the theme's words in English."""
    french = [page(number, f"/{number}/", locale="fr") for number in (2, 3)]
    with cms(site(), page(1, "/"), *french) as fake:
        report = export(settings_for(fake, tmp_path))
    (finding,) = report.findings
    assert (finding.severity, finding.path) == ("warning", "")
    assert "'fr'" in finding.message
    assert "'locale/fr/LC_MESSAGES/theme.po'" in finding.message


def test_site_stands_while_a_catalog_cannot_be_used(tmp_path):
    theme = tmp_path / "theme"
    path = catalog(theme, "fr", 'msgid "Home"\nmsgstr "Accueil"')
    with cms(site(), page(1, "/", locale="fr")) as fake:
        settings = settings_for(fake, tmp_path, theme_dir=theme)
        export(settings)
        before = files_of(settings)
        path.write_text(HEADER + 'msgid "Home"\nmsgstr "Accueil %"')
        with pytest.raises(SettingsError, match="line 5"):
            export(settings)
        assert files_of(settings) == before


def test_sentence_is_english_until_a_language_says_it(tmp_path):
    catalog(
        tmp_path,
        "de",
        """
msgid "On %(day)s: %(what)s, %(most)s at most."
msgstr "Höchstens %(most)s %(what)s am %(day)s."

msgid "Cats & dogs"
msgstr "Hunde & Katzen"

msgid "%(count)s second"
msgid_plural "%(count)s seconds"
msgstr[0] "eine Sekunde"
msgstr[1] "%(count)s Sekunden"
msgstr[2] "viele Sekunden"
""",
    )
    what = Sentence("Cats & dogs")
    sentence = Sentence(
        "On %(day)s: %(what)s, %(most)s at most.", day=date(2026, 3, 1), what=what, most=3000
    )
    assert sentence == "On 1 March 2026: Cats & dogs, 3,000 at most."
    say = Languages([tmp_path]).words_for("de").say
    assert say(sentence) == "Höchstens 3.000 Hunde & Katzen am 1. März 2026."
    counted = [Sentence.counted("%(count)s second", "%(count)s seconds", n) for n in (1, 2, 9)]
    assert counted == ["1 second", "2 seconds", "9 seconds"]
    assert [say(one) for one in counted] == ["eine Sekunde", "2 Sekunden", "viele Sekunden"]
    assert say("Cats & dogs") == "Cats & dogs"  # what a reader typed is no sentence
