"""The files of the theme, and those of a folder that take the place of files of the same path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath

from frontend_export.errors import SettingsError

THEME = Path(__file__).parent.parent / "theme"
LAYERS = ("tokens", "base", "layout", "components")


class ThemeFiles:
    """``theme_dir`` is a folder with ``templates/`` and ``static/`` of its own, or none."""

    def __init__(self, theme_dir: Path | None) -> None:
        """``folders``: where two have a file of one path, that of the earlier folder counts."""
        self.folders = [folder for folder in (theme_dir, THEME) if folder is not None]
        self._theme_dir = theme_dir

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

    def state(self, kinds: Iterable[str] = ("templates", "static")) -> list[tuple[str, int, int]]:
        """Differs whenever a file of these kinds came, went or was written."""
        roots = [folder / kind for folder in reversed(self.folders) for kind in kinds]
        paths = [path for root in roots for path in root.rglob("*")]
        found = ((str(path), path.stat()) for path in paths)
        return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in found]

    @cached_property
    def assets(self) -> Mapping[str, bytes]:
        """Every file that the site serves, by its path there; each name holds its bytes' hash.

        The first is the stylesheet. Raises ``SettingsError`` for a style that is out of place.
        """
        files = {"site.css": self._joined_styles()}
        for name, path in self.files("static").items():
            if not name.startswith("css/"):
                files[name] = path.read_bytes()
        return {_hashed(name, body): body for name, body in files.items()}

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
        parts = [f"@layer {', '.join(LAYERS)};\n"]
        for layer in LAYERS:
            for name, path in styles.items():
                if _layer_of(name) == layer:
                    parts.append(f"@layer {layer} {{\n{path.read_text('utf-8').strip()}\n}}\n")
        return "".join(parts).encode()


def _layer_of(style: str) -> str:
    """``tokens.css`` and ``tokens/print.css`` are of the layer ``tokens``."""
    return PurePosixPath(style).parts[0].removesuffix(".css")


def _hashed(name: str, body: bytes) -> str:
    path = PurePosixPath(name)
    return f"assets/{path.with_suffix('')}.{sha256(body).hexdigest()[:12]}{path.suffix}"
