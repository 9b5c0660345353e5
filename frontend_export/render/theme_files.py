"""The files of the theme, and those of a folder that take the place of files of the same path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from frontend_export.errors import SettingsError
from frontend_export.render.colours import (
    TEXTS,
    Token,
    colours_of,
    is_colour,
    style_of,
    tokens_in,
    unmatched_brace,
)
from frontend_export.render.logo import Logo, read_logo

THEME = Path(__file__).parent.parent / "theme"
LAYERS = ("tokens", "base", "layout", "components")
_USED_TOKEN = re.compile(r"var\(\s*--([\w-]+)\s*\)")  # without a value to fall back on
# A comment beside a space, unless it is a licence; and margins.
_COMMENT = r"/\*(?!!)(?:[^*]|\*(?!/))*+\*/"
_FOR_WRITERS = re.compile(rf"{TEXTS}|\s++{_COMMENT}\s*+|{_COMMENT}\s++|\n\s++", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Brand:
    """The looks of a site without a theme folder: files of a logo, and colours ``#rrggbb`` by
    token, those of the dark scheme as ``leaf-ink-dark``."""

    logo: Path | None = None
    logo_dark: Path | None = None
    colours: Mapping[str, str] = field(default_factory=dict, hash=False)


class LogoFile(NamedTuple):
    """What a page needs to show a logo; ``path`` is that in the site."""

    path: str
    width: int
    height: int


class ThemeFiles:
    """``theme_dir`` is a folder with ``templates/`` and ``static/`` of its own, or none.

    ``brand`` is what the settings say beside it.
    """

    def __init__(self, theme_dir: Path | None, brand: Brand = Brand()) -> None:  # noqa: B008 - frozen
        """``folders``: where two have a file of one path, that of the earlier folder counts."""
        self.folders = [folder for folder in (theme_dir, THEME) if folder is not None]
        self._theme_dir = theme_dir
        self._brand = brand

    def files(self, kind: str) -> dict[str, Path]:
        """Files below ``templates/``, ``static/`` or ``samples/`` by relative path, in one order
        everywhere."""
        files: dict[str, Path] = {}
        for folder in reversed(self.folders):
            root = folder / kind
            for path in root.rglob("*"):
                if path.is_file():
                    files[path.relative_to(root).as_posix()] = path
        return dict(sorted(files.items()))

    def own_templates(self) -> frozenset[str]:
        """The names of those in ``theme_dir``."""
        folder = self._theme_dir / "templates" if self._theme_dir else None
        files = folder.rglob("*.html") if folder else ()
        return frozenset(path.relative_to(folder).as_posix() for path in files if folder)

    def state(
        self, kinds: Iterable[str] = ("locale", "templates", "static")
    ) -> list[tuple[str, int, int]]:
        """Differs whenever a file of these kinds, or a logo, came, went or was written."""
        roots = [folder / kind for folder in reversed(self.folders) for kind in kinds]
        paths = [path for root in roots for path in root.rglob("*")]
        logos = (self._brand.logo, self._brand.logo_dark)
        paths += [path for path in logos if path and path.exists()]
        found = ((str(path), path.stat()) for path in paths)
        return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in found]

    @cached_property
    def assets(self) -> Mapping[str, bytes]:
        """Every file that the site serves, by its path there; each name holds its bytes' hash.

        The first is the stylesheet. Raises ``SettingsError`` for a style that is out of place, a
        token that is no colour, and what ``brand`` cannot mean.
        """
        files = {"site.css": self._joined_styles()}
        for name, path in self.files("static").items():
            if not name.startswith("css/"):
                files[name] = path.read_bytes()
        for name, logo in self._logos.items():
            files[f"{name}{logo.suffix}"] = logo.body
        return {_hashed(name, body): body for name, body in files.items()}

    def logo(self, name: str) -> LogoFile | None:
        """``"logo"``, or ``"logo-dark"`` for the dark scheme; none where the operator has none."""
        logo = self._logos.get(name)
        if logo is None:
            return None
        return LogoFile("/" + _hashed(f"{name}{logo.suffix}", logo.body), logo.width, logo.height)

    def light_colours(self) -> Mapping[str, str]:
        """The tokens that are ``#rrggbb`` or ``#rgb``, as they are in the light scheme."""
        styles = next(iter(self.assets.values())).decode()
        return {**colours_of(tokens_in(styles), is_dark=False), **self._brand.colours}

    @cached_property
    def _logos(self) -> Mapping[str, Logo]:
        named = {
            "logo": (self._brand.logo, "PLAINLEAF_LOGO"),
            "logo-dark": (self._brand.logo_dark, "PLAINLEAF_LOGO_DARK"),
        }
        return {name: read_logo(path, variable) for name, (path, variable) in named.items() if path}

    def _joined_styles(self) -> bytes:
        styles = {
            name.removeprefix("css/"): path
            for name, path in self.files("static").items()
            if name.startswith("css/") and name.endswith(".css")
        }
        for name in styles:
            if _layer_of(name) not in LAYERS:
                raise SettingsError(
                    f"The style 'static/css/{name}' of the theme belongs to no layer. "
                    "Put it into 'static/css/components/'."
                )
        texts = {name: _text_of(path, name) for name, path in styles.items()}
        known = _names_of_colours()
        tokens = _tokens_of(texts, known)
        if self._theme_dir:
            _refuse_unknown_tokens(texts)
        layered = [
            (layer, text)
            for layer in LAYERS
            for name, text in texts.items()
            if _layer_of(name) == layer
        ]
        if self._brand.colours:
            layered.append(("tokens", style_of(self._brand.colours, tokens, known)))
        parts = [f"@layer {layer} {{\n{_for_readers(text)}\n}}\n" for layer, text in layered]
        return "".join([f"@layer {', '.join(LAYERS)};\n", *parts]).encode()


def _for_readers(style: str) -> str:
    """Without comments and margins, which are a tenth of what a browser would load."""
    return _FOR_WRITERS.sub(lambda found: found[1] or "\n", style).strip()


def _names_of_colours() -> frozenset[str]:
    """Those tokens of our own theme that are colours; a theme that replaces it has the same."""
    ours = (THEME / "static" / "css" / "tokens.css").read_text("utf-8")
    return frozenset(token.name for token in tokens_in(ours) if token.value.startswith("#"))


def _text_of(path: Path, name: str) -> str:
    """Raises ``SettingsError`` for a style that would take those after it along."""
    body = path.read_bytes()
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The style 'static/css/{name}' of the theme, line "
            f"{body.count(10, 0, error.start) + 1}: it is not UTF-8. Save it as that."
        ) from error
    if line := unmatched_brace(text):
        raise SettingsError(
            f"The style 'static/css/{name}' of the theme, line {line}: a brace has no other half. "
            "Close what is open, and nothing else."
        )
    return text


def _tokens_of(styles: Mapping[str, str], colours: frozenset[str]) -> Sequence[Token]:
    """Those of the layer of tokens. Raises ``SettingsError`` for one of ``colours`` that is none,
    also where a later layer says it."""
    found = []
    for name, text in styles.items():
        for token in tokens_in(text):
            if (token.name in colours or token.value.startswith("#")) and not is_colour(
                token.value
            ):
                raise SettingsError(
                    f"The style 'static/css/{name}' of the theme, line {token.line}: "
                    f"'--{token.name}' is '{token.value}', which is no colour. "
                    "Write one that CSS knows, such as #14532d or rgb(20 83 45)."
                )
            if _layer_of(name) == "tokens":
                found.append(token)
    return found


def _refuse_unknown_tokens(styles: Mapping[str, str]) -> None:
    """A property without a value would be left out by browsers, and nobody would be told."""
    known = {token.name for text in styles.values() for token in tokens_in(text)}
    for name, text in styles.items():
        for used in _USED_TOKEN.finditer(text):
            if used[1] not in known:
                raise SettingsError(
                    f"The style 'static/css/{name}' of the theme, line "
                    f"{text.count(chr(10), 0, used.start()) + 1}: '--{used[1]}' has no value. "
                    "Give it one in 'static/css/tokens.css'."
                )


def _layer_of(style: str) -> str:
    """``tokens.css`` and ``tokens/print.css`` are of the layer ``tokens``."""
    return PurePosixPath(style).parts[0].removesuffix(".css")


def _hashed(name: str, body: bytes) -> str:
    path = PurePosixPath(name)
    return f"assets/{path.with_suffix('')}.{sha256(body).hexdigest()[:12]}{path.suffix}"
