"""A small file says what an API does not: which numbers are images, and where the site stands.

```toml
name = "Garden club"                        # the title of the root page unless said
language = "en-gb"                          # the locale of the root page unless said
site = "www.example.org"                    # one of several sites; else the API's own
other_sites = ["shop.example.org"]          # links to their pages stay links
media = ["https://media.example.org"]       # where files may come from, beside the API

[fields]
"blog.BlogPage.body.gallery.image" = "image"
"author" = "hidden"
```

A field is named by its page type, its own name, and the blocks and keys down to it; what comes
first may be left out, and the longest name that fits counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from frontend_export.errors import SettingsError

Meaning = Literal["image", "document", "page", "number", "hidden"]
MEANINGS: tuple[str, ...] = get_args(Meaning)


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a person wrote about one site; nothing of it has to be said."""

    name: str = ""
    language: str = ""
    site: str = ""
    other_sites: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    fields: Dict[tuple[str, ...], Meaning] = field(default_factory=dict)

    def meaning_of(self, path: tuple[str, ...]) -> Meaning | None:
        """``("blog.BlogPage", "body", "gallery", "image")`` by its longest name in the file."""
        fitting = (self.fields.get(path[start:]) for start in range(len(path)))
        return next((meaning for meaning in fitting if meaning), None)


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises ``SettingsError`` naming what is wrong in it."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"Could not read the mapping '{path}': {error}. Correct PLAINLEAF_MAPPING or the file."
        ) from error
    known = {"name", "language", "site", "other_sites", "media", "fields"}
    if unknown := sorted(data.keys() - known):
        raise SettingsError(
            f"The mapping '{path}' has the unknown key '{unknown[0]}'. "
            f"The keys are {', '.join(sorted(known))}."
        )
    return Mapping(
        name=_text(data, "name", path),
        language=_text(data, "language", path),
        site=_text(data, "site", path),
        other_sites=_texts(data, "other_sites", path),
        media=tuple(_origin(one, path) for one in _texts(data, "media", path)),
        fields=_fields(data.get("fields", {}), path),
    )


def _text(data: dict[str, Any], key: str, path: Path) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise SettingsError(f"'{key}' in the mapping '{path}' must be text. Put it into quotes.")
    return value


def _texts(data: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise SettingsError(
            f"'{key}' in the mapping '{path}' must be a list of texts, such as ['…', '…']."
        )
    return tuple(values)


def _origin(address: str, path: Path) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise SettingsError(
            f"'{address}' under 'media' in the mapping '{path}' must be a scheme and a host, "
            "such as 'https://media.example.org'."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _fields(data: Any, path: Path) -> dict[tuple[str, ...], Meaning]:
    if not isinstance(data, dict):
        raise SettingsError(f"'fields' in the mapping '{path}' must be a table: [fields].")
    for name, meaning in data.items():
        if meaning not in MEANINGS:
            raise SettingsError(
                f"'{name}' in the mapping '{path}' is none of {', '.join(MEANINGS)}. "
                "Put names with dots into quotes."
            )
    return {_parts(name): cast("Meaning", meaning) for name, meaning in data.items()}


def _parts(name: str) -> tuple[str, ...]:
    """``"blog.BlogPage.body"``: a page type is one part, ``("blog.BlogPage", "body")``."""
    parts = name.split(".")
    if len(parts) > 1 and parts[1][:1].isupper():
        parts[:2] = [".".join(parts[:2])]
    return tuple(parts)
