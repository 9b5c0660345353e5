"""What users of other exporters reported, where no test of ours has it already."""

from __future__ import annotations

from frontend_export.check import check_release
from frontend_export.pipeline import export
from tests.faults.small_site import site_below

from .fake_cms import article, cms, image, image_block, page, settings_for, topic

HOME = page(1, "/")
MEDICINES = topic(2, "/medicines/")
NALOXONE = article(
    3, "/medicines/naloxone/", parent=2, title="Naloxone at home", body=[image_block(7)]
)


def test_release_holds_the_files_of_its_manifest_and_no_other(tmp_path):
    with cms(HOME, MEDICINES, NALOXONE, image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert check_release(settings) == []
        fake.publish(image(7, widths=(320, 800)), page(4, "/about/"))
        fake.unpublish("page", 3)
        export(settings)
        assert check_release(settings) == []
        (settings.output_dir / "current" / "left-over.html").write_text("<h1>Left over</h1>")
        assert [one.problem for one in check_release(settings)] == ["is not of this release"]


def test_unpublished_page_leaves_no_folder_and_no_word(tmp_path):
    with cms(HOME, MEDICINES, NALOXONE, image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        current = settings.output_dir / "current"
        export(settings)
        assert any(b"Naloxone" in body for body in site_below(current).values())
        fake.unpublish("page", 3)
        export(settings)
    found = site_below(current)
    assert [
        path for path, body in found.items() if b"naloxone" in (path.encode() + body).lower()
    ] == []
    folders = [path for path in current.resolve().rglob("*") if path.is_dir()]
    assert folders
    assert [folder for folder in folders if not any(folder.iterdir())] == []


def test_text_of_a_packed_answer_is_stored_plain(tmp_path):
    with cms(HOME, MEDICINES, NALOXONE, image(7)) as fake:
        fake.is_gzipped = True
        settings = settings_for(fake, tmp_path)
        export(settings)
    found = site_below(settings.output_dir / "current")
    pages = {path: body for path, body in found.items() if path.endswith(".html")}
    assert len(pages) > 3
    assert all(body.startswith(b"<!DOCTYPE html>") and body.decode() for body in pages.values())
    assert [path for path in found if path.endswith((".gz", ".br"))] == []
