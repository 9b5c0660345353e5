"""Make the sizes of an image that the site shows, when it is saved and never during a GET.

A rendition is tied to the bytes it was made from: the first digits of the original's hash are in
its filter spec (``width-640|format-webp|public-2fd4e1c67a2d``). A replaced file therefore needs
new ones, by whatever way it was replaced, and what shows the old file is never handed out.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.db import transaction
from wagtail.images.image_operations import FilterOperation
from wagtail.images.models import AbstractImage, Filter

from cms.export_feed.files import remember_bytes
from cms.export_feed.journal import record_change

# The sizes of every image, by name: how wide they are at most, in pixels. Nothing else names one;
# after a change here, `manage.py make_renditions` makes what is missing.
PRESETS = {"small": 320, "medium": 640, "large": 960, "full": 1280}
MODERN_FORMAT = "webp"
MIME_OF_FORMAT = {"webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png"}
SPEC = re.compile(
    r"width-(?P<width>\d+)\|format-(?P<format>\w+)\|public-(?P<original>[0-9a-f]{12})"
)


class PublicOperation(FilterOperation):
    """Leaves out what a camera wrote beside the picture: place, time, device, comments.

    Used as ``public-<hash of the original>``; the colour profile stays, or colours would shift.
    """

    kept = frozenset({"icc_profile", "transparency"})

    def construct(self, original: str) -> None:
        self.original = original

    def run(self, willow: Any, image: AbstractImage, env: dict[str, Any]) -> Any:
        picture = willow.image
        picture.info = {key: value for key, value in picture.info.items() if key in self.kept}
        return willow


def make_renditions(image: AbstractImage) -> int:
    """Make what is missing, remove what shows an earlier file; return how many were made.

    Raises ``OSError`` where the original cannot be read: the image then stays out of the feed.
    """
    was_outdated = remember_bytes(image)
    wanted = specs_for(image)
    ours = image.renditions.filter(filter_spec__contains="|public-")
    ours.exclude(filter_spec__in=wanted).delete()
    present = set(ours.values_list("filter_spec", flat=True))
    missing = [spec for spec in wanted if spec not in present]
    if missing or was_outdated:
        with transaction.atomic():
            for spec in missing:
                _make(image, Filter(spec))
            record_change("image", image.pk)
    return len(missing)


def _make(image: AbstractImage, spec: Filter) -> None:
    with image.generate_rendition_file(spec) as file:
        image.renditions.get_or_create(
            filter_spec=spec.spec,
            focal_point_key=spec.get_cache_key(image),
            defaults={"file": file},
        )


def specs_for(image: AbstractImage) -> list[str]:
    """Each width in WebP and in a format every browser knows, the narrowest first.

    No width is larger than the original's, which is the largest itself below that of ``full``.
    """
    with image.get_willow_image() as willow:
        fallback = "png" if willow.has_alpha() else "jpeg"
    largest = min(image.width, max(PRESETS.values()))
    widths = [*(width for width in PRESETS.values() if width < largest), largest]
    return [
        f"width-{width}|format-{file_format}|public-{image.file_hash[:12]}"
        for width in widths
        for file_format in (MODERN_FORMAT, fallback)
    ]


def is_ours(filter_spec: str) -> bool:
    """Whether it was made for the feed, from whatever file: Wagtail's admin makes its own."""
    return SPEC.fullmatch(filter_spec) is not None


def preset_of(filter_spec: str) -> str:
    """``"small"``: the narrowest preset that a rendition of ours fills. That of an original of 500
    pixels is ``medium``, and there is no larger one."""
    match = SPEC.fullmatch(filter_spec)
    asked = int(match["width"]) if match else 0
    return next(name for name, width in PRESETS.items() if asked <= width)


def mime_of(filter_spec: str, file_hash: str) -> str | None:
    """The media type of a rendition of ours; ``None`` when it is not, or of an earlier file."""
    match = SPEC.fullmatch(filter_spec)
    if match is None or not file_hash.startswith(match["original"]):
        return None
    return MIME_OF_FORMAT[match["format"]]


def fingerprint_of(filter_spec: str, file_hash: str, focal_point_key: str) -> str:
    """Names the bytes of a rendition: what it was made from and how, in 16 hex digits."""
    return hashlib.sha256(f"{file_hash}:{filter_spec}:{focal_point_key}".encode()).hexdigest()[:16]
