"""The looks that an operator sets: a logo, colours, and the tokens of a theme folder."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from frontend_export.config import read_settings
from frontend_export.errors import SettingsError
from frontend_export.render.colours import contrast, is_colour, tokens_in
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME, Brand
from tests.frontend_export.site_in_view import NOW, Outline, article, content

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><path d="M0 0h9v9z"/></svg>'


def renderer(theme_dir: Path | None = None, **brand: object) -> Renderer:
    return Renderer(
        site_url="https://example.org/health", theme_dir=theme_dir, brand=Brand(**brand)
    )


def html(rendering: Renderer) -> Outline:
    return Outline(rendering.page(article(), content(), now=NOW).body)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def colours_said(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, str]:
    for name in ("CMS_URL", "SITE_URL"):
        monkeypatch.setenv(f"PLAINLEAF_{name}", "http://127.0.0.1:8000")
    monkeypatch.setenv("PLAINLEAF_FEED_TOKEN", "a-token")
    monkeypatch.setenv("PLAINLEAF_COLOURS", value)
    return read_settings().colours


def test_colours_are_read_by_token_each_scheme_for_itself(monkeypatch):
    said = colours_said(monkeypatch, "leaf-ink=#1B3A6B, --leaf-ink-dark = #9cf\n")
    assert said == {"leaf-ink": "#1b3a6b", "leaf-ink-dark": "#9cf"}
    assert colours_said(monkeypatch, "") == {}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("leaf-ink=greenish", "'leaf-ink' is 'greenish', which is no colour; write # and six"),
        ("paper=#fff,leaf-ink=#12345", "'leaf-ink' is '#12345', which is no colour"),
        ("leaf-ink", "'leaf-ink' must be a token and a colour, as in leaf-ink=#14532d"),
    ],
)
def test_setting_that_is_no_colour_names_variable_and_token(monkeypatch, value, sentence):
    with pytest.raises(SettingsError) as caught:
        colours_said(monkeypatch, value)
    assert str(caught.value).startswith(f"PLAINLEAF_COLOURS: {sentence}")


def test_colours_of_each_scheme_come_after_those_of_the_theme():
    _, css = renderer(colours={"leaf-ink": "#1b3a6b", "leaf-ink-dark": "#9cf"}).stylesheet()
    styles = css.decode()
    last = styles.rindex("@layer tokens {")
    assert last > styles.rindex("@layer components {")
    assert re.sub(r"\s+", "", styles[last:]) == (
        "@layertokens{"
        "@medianotscreen,(prefers-color-scheme:light){:root{--leaf-ink:#1b3a6b;}}"
        "@mediascreenand(prefers-color-scheme:dark){:root{--leaf-ink:#9cf;}}}"
    )


@pytest.mark.parametrize(
    ("colours", "sentence"),
    [
        (
            {"leaf-ink": "#2f8f57"},
            "'leaf-ink' (#2f8f57) has a contrast of 3.9:1 to 'paper' (#fcfcf8). Text needs 7:1. "
            "Choose a darker 'leaf-ink', or set 'paper' too.",
        ),
        (
            {"leaf-ink-dark": "#14532d"},
            "Choose a lighter 'leaf-ink-dark', or set 'paper-dark' too.",
        ),
        ({"on-leaf-dark": "#ffffff"}, "Choose a darker 'on-leaf-dark', or set 'leaf-ink-dark'"),
        ({"control-border": "#dddddd"}, "A border that says something needs 3:1."),
        ({"leaf": "#14532d"}, "'leaf' is no colour of the theme. They are caution-edge, "),
    ],
)
def test_colours_that_cannot_be_read_are_refused_with_their_ratio(colours, sentence):
    with pytest.raises(SettingsError) as caught:
        renderer(colours=colours)
    assert str(caught.value).startswith("PLAINLEAF_COLOURS: ")
    assert sentence in str(caught.value)


def test_colours_are_held_against_those_of_the_theme_folder(tmp_path):
    ours = (THEME / "static/css/tokens.css").read_text()
    write(tmp_path, "tokens.css", ours.replace("--paper: #fcfcf8", "--paper: #d8d8d8"))
    with pytest.raises(SettingsError, match=r"'paper' \(#d8d8d8\)"):
        renderer(tmp_path, colours={"leaf-ink": "#14532d"})
    renderer(colours={"leaf-ink": "#14532d"})


def test_contrast_is_that_of_wcag():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#123456", "#123456") == 1


def write(theme_dir: Path, name: str, text: str) -> None:
    path = theme_dir / "static" / "css" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, errors="surrogateescape")


@pytest.mark.parametrize(
    "value", ["gren", "#14532", "rgb(1 2)", "rgb(a, b, c)", "12px", "", "#12x"]
)
def test_token_that_is_no_colour_is_refused_with_file_and_line(tmp_path, value):
    write(tmp_path, "tokens/brand.css", f"/* {{;\n */\n:root {{\n  --leaf-ink:\n    {value};\n}}\n")
    with pytest.raises(SettingsError) as caught:
        renderer(tmp_path)
    assert str(caught.value).startswith(
        "The style 'static/css/tokens/brand.css' of the theme, line 4: "
        f"'--leaf-ink' is '{value}', which is no colour. "
    )


def test_colour_that_is_none_is_found_in_every_layer(tmp_path):
    write(tmp_path, "components/brand.css", ".callout {}\n:root { --leaf-ink: grean; }\n")
    with pytest.raises(SettingsError, match=r"'static/css/components/brand\.css' .*, line 2: "):
        renderer(tmp_path)


@pytest.mark.parametrize(
    ("style", "sentence"),
    [
        ("/* { */\na { color: red;\nb { color: blue }\n", "line 2: a brace has no other half"),
        ("a { color: red }\n}\n", "line 2: a brace has no other half"),
        ("@media print {\na {\n}\n", "line 1: a brace has no other half"),
        ("/* a */\n/* caf\udce9 */\n", "line 2: it is not UTF-8"),
    ],
)
def test_style_that_would_take_others_along_is_refused_with_file_and_line(
    tmp_path, style, sentence
):
    write(tmp_path, "components/brand.css", style)
    with pytest.raises(SettingsError) as caught:
        renderer(tmp_path)
    assert str(caught.value).startswith(
        f"The style 'static/css/components/brand.css' of the theme, {sentence}"
    )


def test_brace_in_a_text_or_a_comment_is_none(tmp_path):
    write(tmp_path, "components/brand.css", "/* } */ a::before { content: \"}\" '{'; }\n")
    assert b"a::before" in renderer(tmp_path).stylesheet()[1]


def test_readers_load_no_comments_and_no_margins_and_every_text_as_it_is(tmp_path):
    kept = (
        'a::before { content: "/* } \\" */"; background: url(//x/*.png) }\n'
        "/*! Licence */\nb/**/.c {"
    )
    style = f"/* Why. */\n{kept}\n  color: red; /* Red\n. */\n\n}}\n"
    write(tmp_path, "components/brand.css", style)
    _, css = renderer(tmp_path).stylesheet()
    assert f"@layer components {{\n{kept}\ncolor: red;\n}}\n}}\n".encode() in css
    ours = renderer().stylesheet()[1]
    assert b"/*" not in ours
    assert b"\n " not in ours


@pytest.mark.parametrize(
    "value",
    [
        *("#abc", "#AABBCC80", "rebeccapurple", "Canvas", "rgb(20 83 45 / 50%)"),
        *("hsl(145deg, 61%, 20%)", "oklch(0.4 0.1 150)", "rgb(from var(--ink) r g b)"),
        *("var(--ink)", "light-dark(#000, white)", "color-mix(in oklab, red, blue)"),
    ],
)
def test_token_may_be_any_colour_that_css_has(tmp_path, value):
    assert is_colour(value)
    write(tmp_path, "tokens/brand.css", f":root {{ --leaf-ink: {value} }}")
    assert f"--leaf-ink: {value}".encode() in renderer(tmp_path).stylesheet()[1]


def test_token_that_a_theme_lost_is_named_where_it_is_used(tmp_path):
    ours = (THEME / "static/css/tokens.css").read_text()
    write(tmp_path, "tokens.css", ours.replace("  --measure:", "  --measur:"))
    with pytest.raises(SettingsError, match=r", line \d+: '--measure' has no value"):
        renderer(tmp_path)


def test_tokens_are_told_with_their_line_and_media():
    style = ':root {\n  --a: "x;}";\n  b: c;\n}\n@media print {\n  :root { --d: e }\n}\n'
    assert [tuple(token) for token in tokens_in(style)] == [
        ("a", '"x;}"', 2, ""),
        ("d", "e", 6, "@media print"),
    ]


@pytest.mark.parametrize(
    ("name", "body", "width"),
    [
        ("wide.svg", SVG.format('viewBox="0 0 300 100"').encode(), 132),
        ("sized.svg", SVG.format('width="88px" height="44" viewBox="0 0 1 1"').encode(), 88),
        ("logo.png", png(200, 100), 88),
    ],
)
def test_logo_takes_the_place_of_the_leaf_and_the_name(tmp_path, name, body, width):
    path = tmp_path / name
    path.write_bytes(body)
    rendering = renderer(logo=path)
    asset = next(asset for asset in rendering.assets() if asset.startswith("assets/logo."))
    assert rendering.assets()[asset] == body
    outline = html(rendering)
    (image,) = outline.all("img", src=f"/health/{asset}")
    assert image | {"src": ""} == {
        "class": "site-header__logo",
        "src": "",
        "width": str(width),
        "height": "44",
        "alt": "Plainleaf",
    }
    assert not outline.all("source", media="screen and (prefers-color-scheme: dark)")


def test_dark_logo_is_for_the_dark_scheme_of_screens(tmp_path):
    for name, box in (("light", "0 0 2 1"), ("dark", "0 0 3 1")):
        (tmp_path / f"{name}.svg").write_text(SVG.format(f'viewBox="{box}"'))
    outline = html(renderer(logo=tmp_path / "light.svg", logo_dark=tmp_path / "dark.svg"))
    (source,) = outline.all("source", media="screen and (prefers-color-scheme: dark)")
    assert source["srcset"].startswith("/health/assets/logo-dark.")
    assert source["width"] == "132"


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("logo.svg", None, "cannot be read: No such file or directory"),
        ("logo.svg", b"<svg", "is no SVG: "),
        ("logo.svg", b"<svg viewBox='0 0 1 1'/>", 'xmlns="http://www.w3.org/2000/svg"'),
        ("logo.svg", SVG.format("").encode(), "does not say how large it is"),
        ("logo.svg", SVG.format('viewBox="0 0 1 0"').encode(), "does not say how large it is"),
        ("logo.svg", SVG.format('onload="x()"').encode(), "'onload' that acts or fetches"),
        ("logo.svg", b"<!DOCTYPE svg>" + SVG.format("").encode(), "declares a document type"),
        (
            "logo.svg",
            SVG.replace("<path", "<script/><path").format('viewBox="0 0 1 1"').encode(),
            "holds a <script>",
        ),
        (
            "logo.svg",
            SVG.replace("<path", '<image href="https://e.org/x.png"/><path').format("").encode(),
            "'href' that acts or fetches",
        ),
        ("logo.png", b"GIF89a", "is neither an SVG nor a PNG file"),
        ("logo.png", png(300, 200) + b"\0" * 50_000, "Make it smaller than 50,000"),
    ],
)
def test_file_that_is_no_logo_is_refused(tmp_path, name, body, sentence):
    path = tmp_path / name
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(SettingsError) as caught:
        renderer(logo=path)
    assert str(caught.value).startswith(f"PLAINLEAF_LOGO: '{path}' ")
    assert sentence in str(caught.value)


def test_dark_logo_alone_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAINLEAF_LOGO_DARK", str(tmp_path / "dark.svg"))
    with pytest.raises(SettingsError, match="PLAINLEAF_LOGO_DARK: is shown in place of PLAINLEAF_"):
        colours_said(monkeypatch, "")


def test_every_page_is_made_again_with_another_brand(tmp_path):
    path = tmp_path / "logo.svg"
    prints = [renderer().theme_fingerprint]
    prints.append(renderer(colours={"leaf-ink": "#1b3a6b"}).theme_fingerprint)
    for box in ("0 0 2 1", "0 0 3 1"):
        path.write_text(SVG.format(f'viewBox="{box}"'))
        prints.append(renderer(logo=path).theme_fingerprint)
    assert len(set(prints)) == 4
    assert renderer(logo=path).theme_fingerprint == prints[-1]
