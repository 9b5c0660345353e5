"""A blog in a project made by ``wagtail start``, under Django's own server, exported as it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.any_wagtail.blog.size import POSTS
from tests.any_wagtail.project import Project
from tests.live import REPOSITORY, is_ours

pytestmark = pytest.mark.end_to_end

NOT_DUE = {"canary-expired", "canary-below-draft"}  # an API lists them all the same


class Site:
    """What one command after the other makes of the project."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.current = folder / "public" / "current"

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """One of our commands as a process of its own, in an empty folder, told all it needs."""
        environment = {key: value for key, value in os.environ.items() if not is_ours(key)}
        return subprocess.run(
            [sys.executable, "-m", "frontend_export", command, "--json", *options]
            + ["--source", "pages-api", "--api", self.project.api_url]
            + ["--site-url", "https://garden.example.org"]
            + [
                "--output-dir",
                str(self.folder / "public"),
                "--state-dir",
                str(self.folder / "state"),
            ],
            cwd=self.folder,
            env=environment | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def export(self, *options: str) -> dict[str, Any]:
        done = self.run("export", *options)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def problems(self) -> list[Any]:
        found: list[Any] = json.loads(self.run("check").stdout)["problems"]
        return found

    def main(self, path: str) -> str:
        """What a page has of its own, on one line."""
        html = (self.current / path / "index.html").read_text("utf-8")
        return " ".join(html.partition("<main")[2].partition("</main>")[0].split())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with Project(tmp_path_factory.mktemp("any")) as project:
        project.make()
        project.start()
        yield project


@pytest.fixture(scope="module")
def site(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(project, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def report(site: Site) -> dict[str, Any]:
    """The report of the first export, which is there from then on."""
    return site.export()


@pytest.fixture
def meddle(project: Project) -> Iterator[Callable[[str], None]]:
    """Has the project change while it is read; undone after the test."""
    plan = project.folder / "meddle"
    yield lambda signs: plan.write_text(signs) and None
    plan.unlink()
    project.shell("from blog.meddling import undo; undo()")


@pytest.fixture
def settings(project: Project) -> Iterator[Callable[..., None]]:
    """Has the project start again with more lines in its settings; undone after the test."""

    def start_with(*lines: str) -> None:
        project.stop()
        project.set(*lines)
        project.start()

    yield start_with
    start_with()


def test_project_has_never_heard_of_us(project: Project):
    code = "import importlib.util as u; print([u.find_spec(n) for n in ('cms', 'frontend_export')])"
    assert project.shell(code).split("\n")[-2] == "[None, None]"


def test_every_page_that_the_api_lists_is_exported(project: Project, site: Site, report):
    answer = requests.get(f"{project.api_url}pages/?limit=1", timeout=10).json()
    assert report["exit_code"] == 0
    assert report["pages"] == answer["meta"]["total_count"] - len(NOT_DUE)
    assert report["pages"] > POSTS
    assert all((site.current / f"blog/post-{n}/index.html").exists() for n in range(POSTS))


def test_exported_site_is_whole(site: Site, report):
    assert site.problems() == []


def test_nothing_that_is_not_public_went_out(site: Site, report):
    files = [file for file in site.current.rglob("*") if file.is_file()]
    assert len(files) > POSTS
    assert not [file for file in files if b"canary" in file.read_bytes() or "canary" in str(file)]
    hosts = (site.project.url.removeprefix("http://").encode(), b"//localhost", b"/admin/")
    assert not [file for file in files for host in hosts if host in file.read_bytes()]


@pytest.mark.parametrize(
    "shown",
    [
        '<time datetime="2026-05-01">1 May 2026</time>',
        "<p>All kinds of blocks.</p>",
        "<b>Writer name:</b> Ada Gardener",
        "<b>Is featured:</b> Yes",
        "<h2>What to plant</h2>",
        '<a href="/about/">live link</a>',
        "<p>draft link: draft link</p><p>private link: private link</p>",
        "<p>expired link: expired link</p><p>deleted link: deleted link</p>",
        ">the leaflet</a> and hidden leaflet</p>",
        'alt="Roses in a text"',
        '<a href="https://example.org/">elsewhere</a>',
        "<p>acts</p>",
        'alt="A red square"',
        'alt="The large one"',
        '<figcaption class="figure__caption">In May</figcaption>',
        "<ul> <li>Dig a hole</li> <li>Water it</li> </ul>",
        "<h2>Pruning</h2>",
        "<h3>Side effects</h3> <p>Sore <b>hands</b>.</p>",
        "<b>Minutes:</b> 20",
        '<a href="/about/">Read about us</a>',
        "<blockquote> <p>A garden is a friend.</p> </blockquote>",
        '<caption>When to plant</caption> <thead> <tr> <th scope="col">Plant</th>',
        '<th scope="col">Grams</th>',
        ">Planting leaflet</a>",
        '<a href="/about/">About us</a>',
        '<a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">',
        "<p>Raw <em>words</em></p>",
        "<p>Left column</p>",
        "<h2>Gallery images</h2>",
        "Tulips by the gate",
    ],
)
def test_page_shows_every_field_and_block_by_its_shape(site: Site, report, shown):
    assert shown in site.main("blog/everything")


def test_pictures_and_documents_are_files_of_the_site(site: Site, report):
    html = site.main("blog/everything")
    for path in re.findall(r'(?:src|href)="/((?:images|documents)/[^"]+)"', html):
        body = (site.current / path).read_bytes()
        assert body.startswith(b"\xff\xd8\xff" if path.startswith("images/") else b"%PDF-1.4")
    assert len(list(site.current.glob("images/*"))) == 4  # two originals, two renditions
    assert len(list(site.current.glob("documents/*/*"))) == 1


def test_list_of_a_blog_has_a_page_for_each_twenty(site: Site, report):
    last = -(-(POSTS + 1) // 20)  # and the post with everything
    assert f"Page {last} of {last}" in site.main(f"blog/page/{last}")
    assert not (site.current / f"blog/page/{last + 1}").exists()


def test_other_site_of_the_same_cms_stays_out(site: Site, report):
    assert not (site.current / "offers").exists()
    assert "to the shop" in site.main("about")
    assert "offers" not in (site.current / "sitemap.xml").read_text()


def test_slug_in_any_script_is_a_folder_and_an_address(site: Site, report):
    assert "<p>Coffee.</p>" in site.main("café")
    assert "/caf%C3%A9/" in (site.current / "sitemap.xml").read_text()


def test_guesses_and_what_was_left_out_are_reported(site: Site, report):
    said = [finding["message"] for finding in report["findings"]]
    assert any(
        "'blog.BlogPage.body.gallery' (2 of them) were taken for images" in one for one in said
    )
    assert any("'blog.BlogPage.body.author'" in one and "plain numbers" in one for one in said)
    assert any("A link to page" in one and "not exported" in one for one in said)
    assert any("sketch.svg" in one for one in said)


def test_mapping_answers_every_guess(site: Site, report, tmp_path):
    mapping = tmp_path / "garden.toml"
    names = ["attachment", "card.minutes", "card.photo", "doses.rows.values", "gallery", "related"]
    kinds = ["document", "number", "image", "number", "image", "page"]
    lines = [f'"body.{name}" = "{kind}"' for name, kind in zip(names, kinds, strict=True)]
    lines += ['"slides.photo" = "image"', 'author = "hidden"']
    mapping.write_text('name = "Garden club"\n[fields]\n' + "\n".join(lines))
    findings = site.export("--mapping", str(mapping), "--dry-run")["findings"]
    assert not [one for one in findings if "were taken for" in one["message"]]


def test_page_unpublished_and_another_published_during_the_walk_end_well(
    project: Project, tmp_path, meddle
):
    meddle("....-....+")
    site = Site(project, tmp_path)
    pages = site.export()["pages"]
    assert pages == requests.get(f"{project.api_url}pages/?limit=1", timeout=10).json()["meta"][
        "total_count"
    ] - len(NOT_DUE)
    assert not (site.current / "blog/post-0").exists()
    assert (site.current / "blog/late").exists()
    assert site.problems() == []


def test_cms_that_changes_without_end_leaves_the_site_as_it_is(site: Site, report, meddle):
    release = site.current.resolve()
    meddle("-" * 400)
    done = site.run("export")
    assert done.returncode == 7
    assert "kept changing" in done.stderr
    assert site.current.resolve() == release


def test_other_settings_of_the_api_give_the_same_words(site: Site, report, tmp_path, settings):
    before = site.main("blog/everything")
    site = Site(site.project, tmp_path)
    settings(
        "WAGTAILAPI_LIMIT_MAX = None",
        'WAGTAILAPI_RICH_TEXT_FORMAT = "html"',
        'WAGTAILDOCS_SERVE_METHOD = "redirect"',
        'WAGTAILADMIN_BASE_URL = WAGTAILAPI_BASE_URL = "https://cms.example.org"',
    )
    assert site.export()["exit_code"] == 0
    assert _without_documents(site.main("blog/everything")) == _without_documents(before)
    assert site.problems() == []
    document = re.search(r'href="/(documents/[^"]+)"', site.main("blog/everything"))
    assert document
    assert (site.current / document[1]).read_bytes().startswith(b"%PDF-1.4")


def _without_documents(html: str) -> str:
    """Their names tell when a file was changed, which not every way of serving it says."""
    return re.sub(r"/documents/[0-9a-f]+/", "/documents/", html)
