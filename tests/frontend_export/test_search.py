"""The search index: made of a release with the real Pagefind, and shown beside it."""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cbor2
import orjson
import pagefind_bin
import pytest

from frontend_export import search_index
from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.errors import SearchError
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.indexing import (
    Indexing,
    bring_index_up_to_date,
    lacking_index,
    make_index,
    show_index,
)
from frontend_export.pipeline.publish import roll_back
from frontend_export.search_chunks import SIGNATURE, first_places
from frontend_export.source.chosen import source_of
from tests.search_texts import texts_below

from .edits import EDITS, heal, publish
from .every_block import FIELDS
from .fake_cms import (
    FakeCms,
    article,
    block,
    cms,
    comment,
    files_of,
    page,
    redirect,
    rich_text,
    settings_for,
    text_of,
    topic,
)
from .newsroom import Newsroom
from .site_in_view import stored
from .test_watch import until, watching

HOME = page(1, "/")
TOPIC = topic(2, "/drugs/")
KETAMINE = article(
    3,
    "/drugs/ketamine/",
    parent=2,
    body=[rich_text("<p>An anaesthetic.</p>")],
    fields={"synonyms": ["Ketalar"], "comments_mode": "open"},
)
BODY = [rich_text("<p>Zopiclone.</p>")]
OTHER = article(4, "/drugs/other/", parent=2, body=BODY)
TEA = [rich_text("<p>Tea, more tea, and tea again. Some tea.</p>")]
CONTENT = (HOME, TOPIC, KETAMINE, OTHER)


def searching(fake: FakeCms, folder: Path, **changes: Any) -> Settings:
    return settings_for(fake, folder, search=True, **changes)


def index_of(settings: Settings) -> Path:
    return settings.output_dir / "current/search/index"


def texts(settings: Settings) -> dict[str, str]:
    return texts_below(index_of(settings))


def whole_index(settings: Settings) -> dict[str, Any]:
    """Every file by its path. Pagefind lists the languages in no order."""
    index = index_of(settings)
    files = {path.relative_to(index).as_posix(): path for path in index.rglob("*")}
    return {
        name: orjson.loads(path.read_bytes()) if path.suffix == ".json" else path.read_bytes()
        for name, path in files.items()
        if path.is_file()
    }


def everything_in(folder: Path) -> bytes:
    """The bytes of every file, unpacked where an index has them packed."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return b"".join(map(unpacked, files))


def unpacked(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def serve_without_index(settings: Settings) -> None:
    """An export as ``watch`` makes it, which is over before the index is made."""
    with Exporter(settings, source_of(settings)) as exporter:
        exporter.export(Options())


def ignore(process: subprocess.Popen[str]) -> None:
    """Nobody ends it."""


def without_indexer(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise FileNotFoundError("no such program")

    monkeypatch.setattr(pagefind_bin, "get_executable", missing)


def test_index_has_the_pages_of_the_site_and_nothing_around_them(tmp_path):
    told = comment(1, on=3, text="Xylophone.")
    moved = redirect(1, "/old/", 3)
    with cms(*CONTENT, told, moved) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    found = texts(settings)
    assert (settings.output_dir / "current/404.html").exists()
    assert "/404.html" not in found
    assert sorted(found) == ["/", "/drugs/", "/drugs/ketamine/", "/drugs/other/"]
    assert "Ketalar" in found["/drugs/ketamine/"]
    assert "Xylophone" in text_of(settings, "drugs/ketamine/index.html")
    assert "Xylophone" not in "".join(found.values())
    assert check_release(settings) == []


def test_index_has_the_words_that_cite_a_source_and_not_its_number(tmp_path):
    items = stored(
        {"term": "Fast", "text": "<p>It works</p>", "sources": ["who-2023"], "points": []},
        {"term": "Mild", "text": "<p>It is</p>", "sources": ["who-2023"], "points": []},
    )
    body = [
        block("benefits", {"heading": "Benefits", "items": items}),
        block("medical_uses", {"heading": "Uses", "introduction": "", "items": items}),
    ]
    sources = FIELDS["sources"]
    cited = article(4, "/drugs/other/", parent=2, body=body, fields={"sources": sources})
    with cms(HOME, TOPIC, cited) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    assert text_of(settings, "drugs/other/index.html").count('class="citation"') == 4
    found = texts(settings)["/drugs/other/"]
    assert "Fast: It works" in found
    assert not re.search(r"Source|\[1\]", found)


def test_index_has_a_part_for_each_language(tmp_path):
    """A reader of one language finds nothing in another."""
    french = article(5, "/drugs/ketamine-fr/", parent=2, locale="fr")
    with cms(*CONTENT, french) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    entry = orjson.loads((index_of(settings) / "pagefind-entry.json").read_bytes())
    counts = {name: part["page_count"] for name, part in entry["languages"].items()}
    assert counts == {"en-gb": 4, "fr": 1}


def test_index_has_no_more_files_than_the_page_asks_for(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    assert sorted(path.name for path in index_of(settings).iterdir() if "." not in path.name) == [
        "fragment",
        "index",
    ]
    assert sorted(path.name for path in index_of(settings).glob("*.js*")) == [
        "common-words.json",
        "pagefind-entry.json",
        "pagefind-worker.js",
        "pagefind.js",
    ]


def test_words_that_are_everywhere_are_named_rarest_first(tmp_path, monkeypatch):
    monkeypatch.setattr(search_index, "MOST_TIMES", 2)
    bodies = ["<p>Often, always.</p>", "<p>Often, always.</p>", "<p>Often, always, once.</p>"]
    many = [
        article(10 + n, f"/drugs/a{n}/", parent=2, body=[rich_text(html)])
        for n, html in enumerate([*bodies, "<p>Always.</p>"])
    ]
    with cms(*CONTENT, *many) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    words = orjson.loads((index_of(settings) / "common-words.json").read_bytes())
    assert [word for word in words if word in {"once", "often", "always"}] == ["often", "always"]


def places_in(settings: Settings) -> dict[str, list[list[int]]]:
    """Of each word, its places on each page it stands on."""
    chunks = [
        cbor2.loads(unpacked(path).removeprefix(SIGNATURE))
        for path in (index_of(settings) / "index").iterdir()
    ]
    return {
        word: [places for _, places, *_ in pages]
        for (words,) in chunks
        for word, pages, *_ in words
    }


def test_index_keeps_the_first_places_of_a_word_that_would_be_too_large(tmp_path, monkeypatch):
    with cms(*CONTENT, article(5, "/drugs/tea/", parent=2, body=TEA)) as fake:
        whole = searching(fake, tmp_path / "whole")
        export(whole)
        monkeypatch.setattr(search_index, "MOST_CHUNK_BYTES", 1)
        cut = searching(fake, tmp_path / "cut")
        export(cut)
    assert sum(place >= 0 for place in places_in(whole)["tea"][-1]) > 3
    assert places_in(cut) == {
        word: [first_places(places, 1) for places in pages]
        for word, pages in places_in(whole).items()
    }


def test_chunk_of_another_form_is_said_and_the_index_before_serves(tmp_path, monkeypatch):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        fake.publish(article(5, "/drugs/new/", parent=2))
        indexer = tmp_path / "indexer"
        indexer.write_text(
            "#!/bin/sh\n"
            'mkdir -p "$4/index"; echo {} > "$4/pagefind-entry.json"\n'
            'printf pagefind_new | gzip > "$4/index/en_1.pf_index"\n'
        )
        indexer.chmod(0o755)
        monkeypatch.setattr(pagefind_bin, "get_executable", lambda: indexer)
        monkeypatch.setattr(search_index, "MOST_CHUNK_BYTES", 1)
        (finding,) = export(settings).findings
    assert "cutting of its chunks ended with 1 (en_1.pf_index begins with" in finding.message
    assert "/drugs/other/" in texts(settings)


def test_pages_of_linked_folders_are_in_it(tmp_path):
    many = [article(10 + n, f"/drugs/a{n}/", parent=2) for n in range(8)]
    with cms(*CONTENT, *many) as fake:
        settings = searching(fake, tmp_path, plain_tree_files=0)
        export(settings)
    assert (settings.output_dir / "current/drugs").is_symlink()
    assert "/drugs/a7/" in texts(settings)


def test_index_of_an_edit_follows_its_release(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        fake.publish(article(4, "/drugs/other/", parent=2, body=[rich_text("<p>Zaleplon.</p>")]))
        serve_without_index(settings)
    assert "Zaleplon" in text_of(settings, "drugs/other/index.html")
    assert "Zopiclone" in texts(settings)["/drugs/other/"]
    assert bring_index_up_to_date(settings) == ()
    assert "Zaleplon" in texts(settings)["/drugs/other/"]
    assert lacking_index(settings) is None


@pytest.mark.parametrize("verb", ["unpublish", "withdraw", "state is lost"])
def test_what_left_leaves_the_index_in_the_same_switch(tmp_path, verb):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        if verb == "withdraw":
            fields = {"withdrawn_on": "2026-11-01", "withdrawn_reason": "It did harm."}
            fake.publish(article(4, "/drugs/other/", parent=2, body=BODY, fields=fields))
        else:
            fake.unpublish("page", 4)
        if verb == "state is lost":
            shutil.rmtree(settings.state_dir)
        serve_without_index(settings)
        assert list(index_of(settings).iterdir()) == []
        assert b"opiclone" not in everything_in(settings.output_dir)
        bring_index_up_to_date(settings)
    assert sorted(texts(settings)) == ["/", "/drugs/", "/drugs/ketamine/"]


def test_comment_that_is_removed_leaves_the_index_as_it_was(tmp_path):
    with cms(*CONTENT, comment(1, on=3)) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        fake.unpublish("comment", 1)
        serve_without_index(settings)
    assert "/drugs/ketamine/" in texts(settings)


def test_index_of_a_release_that_showed_more_is_not_shown_any_more(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        serve_without_index(settings)
        release = lacking_index(settings)
        assert release
        assert make_index(settings, release, hold=ignore)
        fake.unpublish("page", 4)
        serve_without_index(settings)
        assert not show_index(settings, release)
    assert list(index_of(settings).iterdir()) == []
    assert b"opiclone" not in everything_in(settings.output_dir)


def test_release_that_is_removed_while_it_is_read_gives_no_index_and_no_fault(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        serve_without_index(settings)
        release = lacking_index(settings)
        fake.unpublish("page", 4)
        serve_without_index(settings)
    assert not make_index(settings, str(release), hold=ignore)


def test_release_that_returns_brings_what_its_readers_searched(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        fake.publish(article(5, "/drugs/new/", parent=2))
        export(settings)
        assert "/drugs/new/" in texts(settings)
        roll_back(settings, None)
    assert sorted(texts(settings)) == ["/", "/drugs/", "/drugs/ketamine/", "/drugs/other/"]


def test_site_goes_out_without_an_index_where_there_is_no_indexer(tmp_path, monkeypatch):
    without_indexer(monkeypatch)
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        report = export(settings)
        assert report.switched
        assert "Pagefind did not start (no such program)" in report.findings[-1].message
        assert "Pagefind did not start" in fake.runs[-1]["findings"][-1]["message"]
        assert (fake.runs[0]["outcome"], fake.runs[-1]["outcome"]) == ("published", "unchanged")
    assert list(index_of(settings).iterdir()) == []


def test_indexer_that_ends_badly_leaves_the_index_before(tmp_path, monkeypatch):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        fake.publish(article(5, "/drugs/new/", parent=2))
        monkeypatch.setattr(pagefind_bin, "get_executable", lambda: Path("/bin/false"))
        (finding,) = export(settings).findings
    assert "Pagefind ended with 1" in finding.message
    assert "/drugs/other/" in texts(settings)


def test_search_that_is_switched_off_leaves_nothing(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        assert 'href="/search/"' in text_of(settings, "index.html")
        off = settings.model_copy(update={"search": False})
        export(off)
    assert 'href="/search/"' not in text_of(off, "index.html")
    assert "search/index.html" not in files_of(off)
    assert not (off.output_dir / "search").exists()
    assert "data-pagefind-body" not in text_of(off, "drugs/other/index.html")


def test_what_died_while_it_was_made_is_cleared(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        left = settings.output_dir / "search/.new-20260101T000000Z-00000000/site/secret.html"
        left.parent.mkdir(parents=True)
        left.write_text("secret")
        fake.publish(article(5, "/drugs/new/", parent=2))
        export(settings)
    assert b"secret" not in everything_in(settings.output_dir)


def test_watch_makes_the_index_beside_its_exports(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: any(entry["event"] == "search" for entry in entries))
            assert "/drugs/other/" in texts(settings)
            fake.unpublish("page", 4)
            until(lambda: [entry["event"] for entry in entries].count("search") == 2)
    assert "/drugs/other/" not in texts(settings)


def test_watch_tells_that_there_is_no_index_and_goes_on(tmp_path, monkeypatch):
    without_indexer(monkeypatch)
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(fake.runs) == 2)
            fake.publish(article(5, "/drugs/new/", parent=2))
            until(lambda: len(fake.runs) == 3)
        said = [[finding["message"] for finding in run["findings"]] for run in fake.runs]
    assert said[0] == []
    assert "Pagefind did not start" in said[1][0]
    assert "Pagefind did not start" in said[2][0]
    assert "Pagefind did not start" in next(e for e in entries if e["event"] == "search")["error"]


def test_indexer_of_a_killed_export_ends_with_it(tmp_path):
    """What it still wrote would lie where the next export has cleared."""
    started = tmp_path / "started"
    indexer = tmp_path / "indexer"
    indexer.write_text(
        f"#!/bin/sh\necho $$ >{started}.new && mv {started}.new {started}\nexec sleep 60\n"
    )
    indexer.chmod(0o755)
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        child = os.fork()
        if child == 0:
            try:
                pagefind_bin.get_executable = lambda: indexer
                export(settings)
            finally:
                os._exit(0)
        until(started.exists)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        until(lambda: has_ended(int(started.read_text())))


def has_ended(pid: int) -> bool:
    """Or waits for nothing but to be asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_index_that_fails_after_minutes_is_not_begun_again_at_once(tmp_path, monkeypatch):
    now, begun = [0.0], []

    def make_index(settings: Settings, release: str, *, hold: object) -> bool:
        begun.append(now[0])
        now[0] += 300
        raise SearchError("Out of memory.")

    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
        monkeypatch.setattr("frontend_export.pipeline.indexing.make_index", make_index)
        monkeypatch.setattr("frontend_export.pipeline.indexing.lacking_index", lambda _: "newest")
        clock = SimpleNamespace(monotonic=lambda: now[0])
        monkeypatch.setattr("frontend_export.pipeline.indexing.time", clock)
        with Indexing(settings, lambda entry: None) as indexing:
            until(indexing.look)  # it failed
            now[0] += 1_000
            assert not indexing.look()
            assert begun == [0.0]
            now[0] += 1_000
            until(lambda: indexing.look() or len(begun) == 2)
    assert begun == [0.0, 2_300.0]


def test_address_of_the_site_may_have_a_path(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path, site_url="https://plainleaf.example/health")
        export(settings)
    search = text_of(settings, "search/index.html")
    assert 'data-index="/health/search/index/" data-site="/health/"' in search
    assert 'action="/health/search/"' in search


def test_page_of_the_search_lists_the_topics_without_a_script(tmp_path):
    with cms(*CONTENT) as fake:
        settings = searching(fake, tmp_path)
        export(settings)
    search = text_of(settings, "search/index.html")
    assert "The search needs JavaScript" in search
    assert '<a href="/drugs/">' in search.partition('id="search-instead"')[2]
    assert '<meta name="robots" content="noindex">' in search
    assert "https://plainleaf.example/search/" not in text_of(settings, "sitemap.xml")


def test_index_of_an_edited_site_is_that_of_a_new_one(tmp_path):
    """It is made of a release whose files are those of many exports, in folders that are links."""
    room, chance = Newsroom(), random.Random(1)
    with cms() as fake:
        edited = searching(fake, tmp_path / "edited", plain_tree_files=0)
        room.tell(fake)
        export(edited)
        for number in range(4):
            for edit in chance.sample(sorted(EDITS), 12):
                EDITS[edit](room, chance.randrange(12), chance.randrange(6))
            for page in range(8):  # whatever the edits took away, there is something to find
                publish(room, page, page)
            heal(room)
            room.tell(fake)
            export(edited)
            new = searching(fake, tmp_path / f"new-{number}")
            export(new)
            assert len(texts(new)) > 4
            assert whole_index(edited) == whole_index(new)
