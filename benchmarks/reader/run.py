"""What a reader's browser makes of the sample site: speed, access, good form, safety, weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.reader.served import Served, sample_site
from benchmarks.reader.tools import Fault, Tools
from benchmarks.reader.weight import Weight, is_elsewhere, weigh
from frontend_export.render.renderer import Renderer
from frontend_export.styleguide.guide import StyleGuide
from tests.browser.reader_pages import PAGES as READER_PAGES

PAGES = {"home": "/", "topic": "/medicines/", "article": "/medicines/ketamine/"}
GUIDE_URL = "https://guide.example"
FULL_SCORE = 0.995
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


@dataclass(frozen=True, slots=True)
class PageMeasured:
    """``scores`` by category, of 100; ``short_of`` names the audits that cost a page points.
    ``requests`` are all that Chromium made for the page, images and icon included."""

    page: str
    scores: Mapping[str, int]
    short_of: Sequence[str]
    weight: Weight
    requests: int
    third_parties: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Of ``html_pages`` pages the faults; of the Observatory the whole scan."""

    pages: Sequence[PageMeasured]
    html_pages: int
    html_faults: Sequence[Fault]
    observatory: Mapping[str, Any]


def run(
    directory: Path, *, cache: Path | None, chromium: str, say: Callable[[str], None]
) -> Measured:
    say("Installing the tools, unless the cache has them.")
    tools = Tools(cache or directory / "npm", chromium=chromium)
    with sample_site(directory / "site", say=say) as site:
        pages = []
        for name, path in PAGES.items():
            say(f"Lighthouse looks at {path}.")
            report = tools.lighthouse(f"{site.url}{path}")
            pages.append(
                _page(name, report, site, weigh(site.url + path, authority=site.authority))
            )
        say("html-validate reads every page, and the Observatory scans the host.")
        others = write_other_pages(directory / "others")
        return Measured(
            pages,
            html_pages=sum(1 for folder in (site.root, others) for _ in folder.rglob("*.html")),
            html_faults=[*tools.html_faults(site.root), *tools.html_faults(others)],
            observatory=tools.observatory(site.host, authority=site.authority),
        )


def write_other_pages(folder: Path) -> Path:
    """What the sample site has none of: every kind of page with the oddest content, those that the
    edge answers with, and the style guide."""
    write(folder / "kinds", {name: rendered.body for name, rendered in READER_PAGES.items()})
    guide = StyleGuide(lambda url: Renderer(site_url=url), site_url=GUIDE_URL, theme_dir=None)
    write(
        folder / "styleguide", {f"{path}index": guide.answer(path).body for path in guide.paths()}
    )
    return folder


def write(folder: Path, pages: Mapping[str, bytes]) -> None:
    for name, body in pages.items():
        file = folder / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def _page(name: str, report: Mapping[str, Any], site: Served, weight: Weight) -> PageMeasured:
    audits = report["audits"]
    counted = {
        one["id"]
        for category in report["categories"].values()
        for one in category["auditRefs"]
        if one["weight"]
    }
    asked = [one["url"] for one in audits["network-requests"]["details"]["items"]]
    return PageMeasured(
        page=name,
        scores={one: round(100 * report["categories"][one]["score"]) for one in CATEGORIES},
        short_of=sorted(
            one
            for one in counted
            if (score := audits[one]["score"]) is not None and score < FULL_SCORE
        ),
        weight=weight,
        requests=len(asked),
        third_parties=sum(is_elsewhere(url, site.host) for url in asked),
    )


def as_json(measured: Measured) -> dict[str, Any]:
    scan = measured.observatory["scan"]
    return {
        "pages": [
            {
                "page": one.page,
                "lighthouse": dict(one.scores),
                "short_of": list(one.short_of),
                "gzip_bytes": {
                    "html": one.weight.html,
                    "css": one.weight.styles,
                    "js": one.weight.scripts,
                    "all": one.weight.total,
                },
                "requests": one.requests,
                "third_parties": one.third_parties,
                "cookies": one.weight.cookies,
            }
            for one in measured.pages
        ],
        "html": {
            "pages": measured.html_pages,
            "errors": [
                {"file": one.file, "rule": one.rule, "message": one.message}
                for one in measured.html_faults
            ],
        },
        "observatory": {
            "grade": scan["grade"],
            "score": scan["score"],
            "tests": {
                name: {"modifier": one["scoreModifier"], "result": one["result"]}
                for name, one in measured.observatory["tests"].items()
            },
        },
    }


def as_table(measured: Measured) -> Table:
    scan = measured.observatory["scan"]
    rules = Counter(one.rule for one in measured.html_faults)
    said = ", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "none"
    table = Table(
        *("Page", "Lighthouse", "KB of HTML + CSS + JS", "Requests", "Third parties", "Cookies"),
        title="The sample site",
        caption=f"HTML errors in {measured.html_pages} pages: {said}. "
        f"HTTP Observatory: {scan['grade']}, {scan['score']}.",
    )
    for one in measured.pages:
        parts = (one.weight.html, one.weight.styles, one.weight.scripts)
        table.add_row(
            one.page,
            " / ".join(str(one.scores[category]) for category in CATEGORIES),
            f"{one.weight.total / 1000:.1f} ({' + '.join(f'{part / 1000:.1f}' for part in parts)})",
            str(one.requests),
            str(one.third_parties),
            str(one.weight.cookies),
        )
    return table
