"""Large sites: folders that releases share, and what happens to them over time."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.edge.published import PublishedSite
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.publish import roll_back

from .fake_cms import FakeCms, Record, article, cms, comment, files_of, page, settings_for, topic

HOME = page(1, "/")
PAGES_OF_A_TOPIC = 9


def topics(*names: str) -> list[Record]:
    """Each with nine articles, which makes a folder large enough to be shared."""
    found = []
    for at, name in enumerate(names, start=1):
        first = at * 100
        found.append(topic(first, f"/{name}/"))
        found += [
            article(first + number, f"/{name}/a{number}/", parent=first)
            for number in range(1, PAGES_OF_A_TOPIC + 1)
        ]
    return found


def of_units(fake: FakeCms, folder: Path, **changes: object) -> Settings:
    return settings_for(fake, folder, plain_tree_files=0, **changes)


def links(settings: Settings, release: str = "current") -> dict[str, str]:
    root = settings.output_dir / "current"
    if release != "current":
        root = settings.output_dir / "releases" / release
    return {path.name: str(path.readlink()) for path in root.iterdir() if path.is_symlink()}


def stored(settings: Settings) -> set[str]:
    store = settings.output_dir / "store"
    return {path.relative_to(store).as_posix() for path in store.glob("*/*")}


def recorded(settings: Settings) -> set[str]:
    return {path.parent.name for path in (settings.state_dir / "units").glob("*/*.json")}


def test_small_site_is_one_plain_tree(tmp_path):
    with cms(HOME, *topics("medicines")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert links(settings) == {}
    assert (settings.output_dir / "current/medicines/a1/index.html").is_file()


def test_large_folder_is_a_relative_link_into_the_store(tmp_path):
    with cms(HOME, page(2, "/about/"), *topics("medicines")) as fake:
        settings = of_units(fake, tmp_path)
        release = export(settings).release
    assert links(settings) == {"medicines": f"../../store/{release}/medicines"}
    assert not (settings.output_dir / "current/about").is_symlink()


def test_both_layouts_hold_the_same_site(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        plain, units = settings_for(fake, tmp_path / "plain"), of_units(fake, tmp_path / "units")
        export(plain)
        export(units)
    assert files_of(units) == files_of(plain)
    assert check_release(units) == []


def test_edit_makes_its_folder_anew_and_shares_the_others(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path)
        first = export(settings).release
        fake.publish(article(201, "/symptoms/a1/", parent=200, title="Another title"))
        second = export(settings).release
    assert links(settings) == {
        "medicines": f"../../store/{first}/medicines",
        "symptoms": f"../../store/{second}/symptoms",
    }
    unchanged = "symptoms/a2/index.html"
    before, now = (
        settings.output_dir / "store" / release / unchanged for release in (first, second)
    )
    assert before.stat().st_ino == now.stat().st_ino


def test_folder_is_removed_with_the_last_release_that_has_it(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path, releases_kept=2)
        made = []
        for number in range(4):
            fake.publish(article(201, "/symptoms/a1/", parent=200, title=f"Title {number}"))
            made.append(export(settings).release)
    assert stored(settings) == {
        f"{made[0]}/medicines",
        f"{made[2]}/symptoms",
        f"{made[3]}/symptoms",
    }
    assert recorded(settings) == {made[0], made[2], made[3]}


def test_release_whose_folder_shows_what_was_removed_is_gone_for_good(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms"), comment(1, on=201)) as fake:
        settings = of_units(fake, tmp_path)
        first = export(settings).release
        fake.unpublish("comment", 1)
        second = export(settings).release
    assert not (settings.output_dir / "releases" / first).exists()
    assert stored(settings) == {f"{first}/medicines", f"{second}/symptoms"}


def test_rollback_returns_to_the_folders_of_that_time(tmp_path):
    with cms(HOME, *topics("medicines")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        fake.publish(article(101, "/medicines/a1/", parent=100, title="Another title"))
        export(settings)
        assert files_of(settings) != before
        roll_back(settings, None)
    assert files_of(settings) == before


@pytest.mark.parametrize("options", [Options(), Options(full=True)])
def test_folder_that_was_damaged_by_hand_is_made_again(tmp_path, options):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        (settings.output_dir / "current/medicines/a1/index.html").unlink()
        (settings.output_dir / "current/symptoms").unlink()
        export(settings, options)
    assert files_of(settings) == before
    assert check_release(settings) == []


def test_site_that_grows_gets_its_links_with_the_next_edit(tmp_path):
    with cms(HOME, *topics("medicines")) as fake:
        settings = settings_for(fake, tmp_path, plain_tree_files=30)
        export(settings)
        assert links(settings) == {}
        fake.publish(*topics("medicines", "symptoms"))
        release = export(settings).release
        assert links(settings).keys() == {"medicines", "symptoms"}
        clean = settings_for(fake, tmp_path / "clean", plain_tree_files=30)
        export(clean)
    assert files_of(settings) == files_of(clean)
    assert stored(settings) == {f"{release}/medicines", f"{release}/symptoms"}


def test_site_that_shrinks_to_half_is_one_tree_again(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms", "living")) as fake:
        settings = settings_for(fake, tmp_path, plain_tree_files=50)
        export(settings)
        assert links(settings)
        for number in (*range(200, 210), *range(300, 310)):
            fake.unpublish("page", number)
        for number in range(102, 110):
            fake.unpublish("page", number)
        export(settings)
        fake.publish(article(101, "/medicines/a1/", parent=100, title="Another title"))
        export(settings)
        assert links(settings) == {}
        clean = settings_for(fake, tmp_path / "clean")
        export(clean)
    assert files_of(settings) == files_of(clean)


def test_topic_that_leaves_takes_its_folder_along(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        for number in range(200, 210):
            fake.unpublish("page", number)
        export(settings)
    assert links(settings).keys() == {"medicines"}
    assert not any(name.endswith("/symptoms") for name in stored(settings))


def test_edge_knows_the_pages_of_every_folder(tmp_path):
    with cms(HOME, *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        known = PublishedSite(output_dir=settings.output_dir, state_dir=settings.state_dir)
        assert len(known.current().pages) == 1 + 2 * (1 + PAGES_OF_A_TOPIC)
        fake.publish(article(101, "/medicines/a1/", parent=100, title="Another title"))
        export(settings)
        titles = {one.id: one.title for one in known.current().pages}
    assert titles[101] == "Another title"
    assert titles[201] == "Page 201"


def test_edge_learns_what_changes_no_byte_below_a_topic(tmp_path):
    """Its place among its siblings: first no list shows another order for it, then all do."""
    with cms(HOME, *topics("medicines", "living")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        edge = PublishedSite(output_dir=settings.output_dir, state_dir=settings.state_dir)

        def order() -> list[str]:
            return [link.path for link in edge.current().content.children(1)]

        assert order() == ["/medicines/", "/living/"]
        fake.publish(topic(100, "/medicines/", position="00000199"))
        assert not export(settings).switched
        fake.publish(topic(200, "/living/", position="00000150"))
        assert export(settings).switched
        assert order() == ["/living/", "/medicines/"]


def test_folder_of_no_release_is_cleared(tmp_path):
    with cms(HOME, *topics("medicines")) as fake:
        settings = of_units(fake, tmp_path)
        release = export(settings).release
        killed = "20200101T000000Z-0badcafe"
        (settings.output_dir / f"store/{killed}/medicines/a1").mkdir(parents=True)
        (settings.state_dir / f"units/{killed}").mkdir()
        export(settings)
    assert stored(settings) == {f"{release}/medicines"}
    assert recorded(settings) == {release}


def test_large_site_has_a_map_for_each_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("frontend_export.pipeline.planning.MAX_PAGES_OF_ONE_SITEMAP", 15)
    with cms(HOME, page(2, "/about/"), *topics("medicines", "symptoms")) as fake:
        settings = of_units(fake, tmp_path)
        export(settings)
        found = files_of(settings)
        index = found["sitemap.xml"].decode()
        assert [part.partition("<")[0] for part in index.split("plainleaf.example/")[1:]] == [
            "sitemap-pages.xml",
            "medicines/sitemap.xml",
            "symptoms/sitemap.xml",
        ]
        assert found["symptoms/sitemap.xml"].count(b"<loc>") == 1 + PAGES_OF_A_TOPIC
        assert found["sitemap-pages.xml"].count(b"<loc>") == 2
        for number in range(200, 210):
            fake.unpublish("page", number)
        export(settings)
        clean = of_units(fake, tmp_path / "clean")
        export(clean)
    assert files_of(settings) == files_of(clean)
    assert "symptoms" not in files_of(settings)["sitemap.xml"].decode()
