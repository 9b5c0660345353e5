"""A picture without what was written into it: the place, the camera, the person. Pure.

An original goes out as its pixels are; only the parts of the file that hold words about it are
left out, by the rules of each format: JPEG (ITU-T T.81, Annex B), PNG (W3C, chunks), WebP
(Google's RIFF container). In a JPEG one word stays, since readers would see the picture lying on
its side: how the camera was held.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from frontend_export.errors import FileUnavailableError

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_WORDS = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
WEBP_WORDS = {b"EXIF", b"XMP "}
WEBP_WORD_FLAGS = 0x08 | 0x04  # of its header: "has EXIF", "has XMP"
# What a decoder needs of the application segments: JFIF, colour profile, Adobe's colour transform.
JPEG_KEPT = {0xE0, 0xE2, 0xEE}
JPEG_COMMENT, JPEG_SCAN, JPEG_EXIF, JPEG_END = 0xFE, 0xDA, 0xE1, 0xD9
JPEG_AFTER_SCAN = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")  # neither a pixel's nor a restart
JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
ORIENTATION = 0x0112
UPRIGHT = 1


def without_words(body: bytes, mime: str) -> bytes:
    """The picture without its metadata; a format that has none, or that is not read here, as it is.

    Raises ``FileUnavailableError`` for a file that ends too early to be one.
    """
    try:
        match mime:
            case "image/jpeg":
                return b"".join(_jpeg(body))
            case "image/png":
                return b"".join(_png(body))
            case "image/webp":
                return _webp(body)
    except (struct.error, IndexError) as error:
        raise FileUnavailableError(
            f"It is no whole {mime}: it ends too early. Upload the image again."
        ) from error
    return body


def _jpeg(body: bytes) -> Iterator[bytes]:
    yield body[:2]
    at = 2
    while True:
        if body[at] != 0xFF:
            raise IndexError(at)
        marker = body[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in JPEG_ALONE:
            yield body[at : at + 2]
            at += 2
            continue
        if marker == JPEG_END:  # phones put a second picture or a film behind it
            yield body[at : at + 2]
            return
        (length,) = struct.unpack_from(">H", body, at + 2)
        segment = body[at : at + 2 + length]
        is_application = 0xE0 <= marker <= 0xEF
        if marker == JPEG_EXIF and (turned := _orientation(segment[4:])) != UPRIGHT:
            yield _exif_of(turned)
        elif marker != JPEG_COMMENT and (not is_application or marker in JPEG_KEPT):
            yield segment
        at += 2 + length
        if marker == JPEG_SCAN:
            after = JPEG_AFTER_SCAN.search(body, at)
            yield body[at : after.start() if after else len(body)]
            if after is None:
                return  # cut in its pixels, which browsers bear with
            at = after.start()


def _orientation(exif: bytes) -> int:
    """How the camera was held, 1 to 8, out of the first directory of Exif's TIFF."""
    tiff = exif.removeprefix(b"Exif\0\0")
    if tiff == exif or tiff[:2] not in {b"II", b"MM"}:
        return UPRIGHT
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * entry)
            if tag == ORIENTATION:
                return int(value) if 1 <= value <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT  # damaged words are no reason to refuse a picture
    return UPRIGHT


def _exif_of(orientation: int) -> bytes:
    """A segment that says how the camera was held, and nothing else."""
    entry = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    content = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def _png(body: bytes) -> Iterator[bytes]:
    yield body[: len(PNG_START)]
    at = len(PNG_START)
    while at < len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        end = at + 12 + length
        if end > len(body):
            raise IndexError(end)
        if kind not in PNG_WORDS:
            yield body[at:end]
        if kind == b"IEND":
            return  # what follows the end is no picture
        at = end


def _webp(body: bytes) -> bytes:
    parts = []
    at = 12
    while at < len(body):
        kind, length = struct.unpack_from("<4sI", body, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > len(body):
            raise IndexError(end)
        part = body[at:end]
        if kind == b"VP8X":
            part = part[:8] + bytes([part[8] & ~WEBP_WORD_FLAGS]) + part[9:]
        if kind not in WEBP_WORDS:
            parts.append(part)
        at = end
    content = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(content)) + content
