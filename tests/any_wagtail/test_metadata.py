"""What a camera wrote into a picture stays behind; the picture does not change."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, features

from frontend_export.errors import FileUnavailableError
from frontend_export.source.pages_api.metadata import without_words

CANARY = "canary-51.5007N-0.1246W"
PLACE, MAKER, ORIENTATION, MAKE = 0x8825, 0x927C, 0x0112, 0x010F


def picture(form: str, *, orientation: int = 1, **options: Any) -> bytes:
    """A small picture with a place, a maker and a comment in it."""
    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    exif = Image.Exif()
    exif[MAKE] = CANARY
    exif[ORIENTATION] = orientation
    exif.get_ifd(PLACE)[1] = "N"
    exif.get_ifd(PLACE)[29] = CANARY
    body = io.BytesIO()
    image.save(body, form, exif=exif, **options)
    return body.getvalue()


def png() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", CANARY)
    words.add_text("Comment", CANARY, zip=True)
    words.add_itxt("XML:com.adobe.xmp", CANARY)
    return picture("PNG", pnginfo=words)


PICTURES = {
    "image/jpeg": picture("JPEG", comment=CANARY, xmp=CANARY.encode()),
    "image/png": png(),
    "image/webp": picture("WEBP", xmp=CANARY.encode(), lossless=True),
}


@pytest.mark.parametrize("mime", PICTURES)
def test_nothing_of_what_was_written_into_it_stays(mime):
    body = PICTURES[mime]
    bare = without_words(body, mime)
    assert CANARY.encode() in body
    assert CANARY.encode() not in bare
    assert not Image.open(io.BytesIO(bare)).getexif()


def test_header_of_a_webp_promises_no_words():
    bare = without_words(PICTURES["image/webp"], "image/webp")
    assert PICTURES["image/webp"][12:16] == bare[12:16] == b"VP8X"
    assert not bare[20] & 0b1100  # of its container's specification: Exif, XMP


@pytest.mark.parametrize("mime", PICTURES)
def test_every_pixel_stays(mime):
    before, after = (
        Image.open(io.BytesIO(body)).convert("RGB").tobytes()
        for body in (PICTURES[mime], without_words(PICTURES[mime], mime))
    )
    assert before == after


@pytest.mark.parametrize("mime", PICTURES)
def test_bare_picture_stays_as_it_is(mime):
    bare = without_words(PICTURES[mime], mime)
    assert without_words(bare, mime) == bare


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_of_a_turned_camera_stays_turned(orientation):
    bare = without_words(picture("JPEG", orientation=orientation), "image/jpeg")
    assert Image.open(io.BytesIO(bare)).getexif().get(ORIENTATION, 1) == orientation
    assert CANARY.encode() not in bare


def test_colour_profile_stays():
    profile = b"a profile" * 20
    bare = without_words(picture("JPEG", icc_profile=profile), "image/jpeg")
    assert Image.open(io.BytesIO(bare)).info["icc_profile"] == profile


def test_progressive_photo_stays_whole():
    body = picture("JPEG", progressive=True, restart_marker_blocks=1)
    bare = without_words(body, "image/jpeg")
    assert Image.open(io.BytesIO(bare)).tobytes() == Image.open(io.BytesIO(body)).tobytes()


@pytest.mark.parametrize("mime", PICTURES)
def test_picture_that_is_cut_before_its_pixels_is_refused(mime):
    with pytest.raises(FileUnavailableError, match=f"It is no whole {mime}"):
        without_words(PICTURES[mime][:40], mime)


@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_damaged_picture_is_refused_or_shown_and_nothing_else(mime, data):
    body = bytearray(PICTURES[mime])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(12, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FileUnavailableError):
        without_words(bytes(body), mime)


def test_second_picture_behind_the_first_stays_behind():
    first, second = PICTURES["image/jpeg"], PICTURES["image/jpeg"]
    bare = without_words(first + second + b"and a film", "image/jpeg")
    assert bare == without_words(first, "image/jpeg")


def test_pillow_of_the_tests_can_write_what_they_need():
    assert features.check("webp")
