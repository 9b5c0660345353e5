"""A logo that an operator names: a file becomes an asset of the site with its size."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from frontend_export.errors import SettingsError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

HEIGHT = 44  # pixels; the CSS says the same
MOST_BYTES = 50_000
_PNG = b"\x89PNG\r\n\x1a\n"
_LENGTH = re.compile(r"\s*(\d+\.?\d*|\.\d+)(?:px)?\s*")


class Logo(NamedTuple):
    """``width`` and ``height`` are what it is shown at, in pixels."""

    suffix: str
    body: bytes
    width: int
    height: int


def read_logo(path: Path, variable: str) -> Logo:
    """Raises ``SettingsError`` that names the variable where this is no logo to show."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{variable}: '{path}' cannot be read: {error.strerror}. Name an SVG or a PNG file."
        ) from error
    if len(body) > MOST_BYTES:
        raise SettingsError(
            f"{variable}: '{path}' has {len(body):,} bytes, and every reader would fetch them. "
            f"Make it smaller than {MOST_BYTES:,}."
        )
    if body.startswith(_PNG) and len(body) > 24:
        suffix, size = ".png", struct.unpack(">II", body[16:24])
    elif path.suffix.lower() == ".svg":
        suffix, size = ".svg", _size_of_drawing(body, path, variable)
    else:
        raise SettingsError(f"{variable}: '{path}' is neither an SVG nor a PNG file.")
    if min(size) <= 0:
        raise SettingsError(
            f"{variable}: '{path}' does not say how large it is. "
            "Give its <svg> a 'viewBox', or a 'width' and a 'height'."
        )
    return Logo(suffix, body, max(1, round(HEIGHT * size[0] / size[1])), HEIGHT)


def _size_of_drawing(body: bytes, path: Path, variable: str) -> tuple[float, float]:
    """Width and height of an SVG; zeros where it does not say."""
    from xml.etree import ElementTree  # only a site with such a logo needs it

    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise SettingsError(
            f"{variable}: '{path}' declares a document type, which may hold anything. Remove it."
        )
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError as error:
        raise SettingsError(f"{variable}: '{path}' is no SVG: {error}.") from error
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise SettingsError(
            f"{variable}: '{path}' is no SVG: its first element is not <svg> of "
            'xmlns="http://www.w3.org/2000/svg".'
        )
    for element in root.iter():
        _refuse_what_acts(element, path, variable)
    lengths = [_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
    if all(lengths):
        width, height = (float(length[1]) for length in lengths if length)
        return width, height
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        _, _, width, height = map(float, box)
    except ValueError:
        return 0.0, 0.0
    return width, height


def _refuse_what_acts(element: Element, path: Path, variable: str) -> None:
    """A logo is looked at: it runs nothing and fetches nothing."""
    name = str(element.tag).rpartition("}")[2].lower()
    if name in {"script", "foreignobject"}:
        raise SettingsError(f"{variable}: '{path}' holds a <{name}>. Export it as a drawing only.")
    for attribute, value in element.attrib.items():
        attribute = attribute.rpartition("}")[2].lower()
        leads_out = attribute == "href" and not value.strip().startswith(("#", "data:image/"))
        if attribute.startswith("on") or leads_out:
            raise SettingsError(
                f"{variable}: '{path}' has a '{attribute}' that acts or fetches. "
                "Export it as a drawing only."
            )
