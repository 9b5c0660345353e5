"""What the peers need made before they are measured: ``python -m … .prepare /tmp/static``.

The style, the icon, the script and the cards to collect, and the sizes of each image that their
``{% picture %}`` asks for: ours were made when the images were saved.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django

django.setup()

from wagtail.images import get_image_model  # noqa: E402
from wagtail.images.models import Filter  # noqa: E402

from benchmarks.peers.theme import THEME_FILES, cards, theme_file  # noqa: E402
from cms.articles.models import TopicPage  # noqa: E402

SIZES = ["format-{webp,jpeg}", "width-{320,640,960}"]


def prepare(static_dir: Path) -> None:
    static_dir.mkdir(parents=True, exist_ok=True)
    for name in THEME_FILES:
        (static_dir / name).write_bytes(theme_file(name))
    (static_dir / "cards").mkdir(exist_ok=True)
    for name, body in cards(TopicPage.objects.count()):
        (static_dir / "cards" / name).write_bytes(body)
    for image in get_image_model().objects.all():
        image.get_renditions(*Filter.expand_spec(SIZES))


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
