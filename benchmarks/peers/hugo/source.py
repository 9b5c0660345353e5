"""The articles become a folder that Hugo builds a site from.

Prepared as well as Hugo can wish for: front matter in its own format, links written out, each
picture and each citation as the finished HTML of its element, and the image files ready in every
size.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from wagtail.images import get_image_model

from benchmarks import articles
from benchmarks.peers import headings
from benchmarks.peers.theme import THEME_FILES, cards, theme_file

LAYOUT = Path(__file__).resolve().parent
SIZES = "(min-width: 48rem) 42rem, 100vw"
SITE_MAP = {"layout": "site_map", "tables": '[build]\nlist = "never"\n'}
DATE = f"{articles.PUBLISHED:%Y-%m-%dT%H:%M:%SZ}"


def write_source(root: Path, *, pages: int, kind: articles.Kind) -> None:
    """``root`` must not exist. Asks the CMS's database for the images only."""
    shutil.copytree(LAYOUT / "layouts", root / "layouts")
    settings = (LAYOUT / "hugo.toml").read_text()
    params = _toml(report_to=articles.REPORT_TO, report_url=articles.REPORT_URL)
    (root / "hugo.toml").write_text("\n".join([settings, "[params]", *params, ""]))
    for name in THEME_FILES:
        _write(root / "assets" / name, theme_file(name))
    for name, body in cards(articles.topic_count(pages)):
        _write(root / "static" / "cards" / name, body)
    pictures = [_picture(image, root / "static" / "images") for image in _images()]
    content = root / "content"
    _write(content / "_index.md", _front_matter(title=articles.SITE_NAME).encode())
    _write(content / "site-map.md", _front_matter(title="Site map", **SITE_MAP).encode())
    for topic in range(1, articles.topic_count(pages) + 1):
        about = _front_matter(
            title=f"Topic {topic}", description=f"All about topic {topic}.", weight=topic
        )
        _write(content / articles.topic_slug(topic) / "_index.md", about.encode())
    for number in range(1, pages + 1):
        article = articles.article(number, of=pages, kind=kind)
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
    is_medicine = article.kind is articles.Kind.MEDICINE
    yield _front_matter(
        title=article.title,
        description=article.summary,
        weight=article.number,
        key=str(article.key),
        legal_class=headings.LEGAL_CLASSES[articles.LEGAL_CLASS] if is_medicine else "",
        funding=articles.FUNDING,
        conflicts=articles.CONFLICTS,
        related=list(articles.related_paths(article)),
        **{"a-z": [article.letter]},
        tables="".join(_sources()),
    )
    for position, section in enumerate(article.sections):
        yield f"\n## {section.heading}\n"
        for paragraph in section.paragraphs:
            link = paragraph.link
            address = link.url if link.article is None else articles.path_of(link.article)
            yield f"\n{paragraph.before} [{link.text}]({address}) {paragraph.after}\n"
        if position == 0:
            yield f"\n{pictures[article.image]}"
    if is_medicine:
        yield from _of_a_medicine(article)


def _of_a_medicine(article: articles.Article) -> Iterator[str]:
    yield f"\n## {articles.BENEFITS_HEADING}\n\n"
    for point in article.benefits:
        yield f"- **{point.term}:** {point.text}{_citation(point.source, is_first=True)}\n"
    yield f"\n## {articles.RISKS_HEADING}\n\n{article.risks_introduction}\n"
    for group in article.risks:
        yield f"\n### {headings.RISKS[group.kind]}\n\n"
        for point in group.points:
            yield f"- **{point.term}:** {point.text}\n"
        yield f'\n<p class="cited">Sources:{_citation(group.source)}</p>\n'
    for question in article.questions:
        yield f"\n## {headings.QUESTIONS[question.kind]}\n\n{question.text}\n"


def _citation(key: str, *, is_first: bool = False) -> str:
    number = 1 + [source.key for source in articles.SOURCES].index(key)
    own = f' id="cite-{key}"' if is_first else ""
    return (
        f' <a class="citation"{own} href="#source-{key}">'
        f'<span class="visually-hidden">Source </span>[{number}]</a>'
    )


def _sources() -> Iterator[str]:
    for source in articles.SOURCES:
        yield "\n".join(["[[sources]]", *_toml(**asdict(source)), ""])


def _front_matter(*, tables: str = "", **values: str | int | list[str]) -> str:
    """``tables`` come last: in TOML nothing else can follow them."""
    return "\n".join(["+++", *_toml(**values), f"date = {DATE}", f"{tables}+++", ""])


def _toml(**values: str | int | list[str]) -> list[str]:
    return [f"{name} = {json.dumps(value)}" for name, value in values.items()]


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
