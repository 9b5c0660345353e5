"""The articles become a folder that Hugo builds a site from.

Prepared as well as Hugo can wish for: front matter in its own format, links written out, each
picture as the finished HTML of its element, and the image files ready in every size.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from wagtail.images import get_image_model

from benchmarks import articles
from benchmarks.peers.theme import theme_file

LAYOUT = Path(__file__).resolve().parent
SIZES = "(min-width: 48rem) 42rem, 100vw"
DATE = f"{articles.PUBLISHED:%Y-%m-%dT%H:%M:%SZ}"


def write_source(root: Path, *, pages: int) -> None:
    """``root`` must not exist. Asks the CMS's database for the images only."""
    shutil.copytree(LAYOUT / "layouts", root / "layouts")
    shutil.copy(LAYOUT / "hugo.toml", root)
    for name in ("site.css", "favicon.svg"):
        _write(root / "assets" / name, theme_file(name))
    pictures = [_picture(image, root / "static" / "images") for image in _images()]
    content = root / "content"
    _write(content / "_index.md", _front_matter(title=articles.SITE_NAME).encode())
    for topic in range(1, articles.topic_count(pages) + 1):
        about = _front_matter(
            title=f"Topic {topic}", description=f"All about topic {topic}.", weight=topic
        )
        _write(content / articles.topic_slug(topic) / "_index.md", about.encode())
    for number in range(1, pages + 1):
        article = articles.article(number, of=pages)
        path = content / articles.topic_slug(article.topic) / f"{article.slug}.md"
        path.write_text("".join(_markdown(article, pictures)))


def _images() -> Sequence[Any]:
    return list(get_image_model().objects.order_by("title").prefetch_related("renditions"))


def _picture(image: Any, folder: Path) -> str:
    """Copy the renditions of the feed; the HTML that shows them, as our theme writes it."""
    sources: dict[str, dict[int, str]] = {}
    for rendition in image.renditions.all():
        if "|public-" in rendition.filter_spec:
            body = rendition.file.read()
            suffix = Path(rendition.file.name).suffix
            name = f"{sha256(body).hexdigest()[:16]}{suffix}"
            _write(folder / name, body)
            sources.setdefault(suffix, {})[rendition.width] = f"/images/{name}"
    jpeg = next(sizes for suffix, sizes in sources.items() if suffix != ".webp")
    largest = max(jpeg)
    return (
        '<figure class="figure">\n<picture>'
        f'<source type="image/webp" srcset="{_srcset(sources[".webp"])}" sizes="{SIZES}">'
        f'<img src="{jpeg[largest]}" srcset="{_srcset(jpeg)}" sizes="{SIZES}" '
        f'width="{image.width}" height="{image.height}" alt="A gradient" loading="lazy" '
        'decoding="async"></picture>\n</figure>\n'
    )


def _srcset(paths: dict[int, str]) -> str:
    return ", ".join(f"{path} {width}w" for width, path in sorted(paths.items()))


def _markdown(article: articles.Article, pictures: Sequence[str]) -> Iterator[str]:
    yield _front_matter(
        title=article.title,
        description=article.summary,
        weight=article.number,
        key=str(article.key),
    )
    for position, section in enumerate(article.sections):
        yield f"\n## {section.heading}\n"
        for paragraph in section.paragraphs:
            link = paragraph.link
            address = link.url if link.article is None else articles.path_of(link.article)
            yield f"\n{paragraph.before} [{link.text}]({address}) {paragraph.after}\n"
        if position == 0:
            yield f"\n{pictures[article.image]}"


def _front_matter(**values: str | int) -> str:
    lines = [f'{name} = "{value}"' for name, value in values.items() if isinstance(value, str)]
    lines += [f"{name} = {value}" for name, value in values.items() if isinstance(value, int)]
    return "\n".join(["+++", *lines, f"date = {DATE}", "+++", ""])


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
