"""Renditions are made when an image is saved, and the bytes of a file go to the exporter only."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image as Picture
from wagtail.documents.models import Document
from wagtail.images.forms import get_image_form
from wagtail.images.models import Image, Rendition

from tests.cms.feed_site import (
    collection,
    document,
    ids,
    image,
    make_collection_private,
    picture,
    read,
    records,
)

pytestmark = pytest.mark.django_db

FILES = "/api/export/v1/files"


def renditions(client) -> list[dict]:
    [record] = records(client, "image")
    return record["renditions"]


def sizes(client, mime: str) -> list[tuple[int, int]]:
    return [(one["width"], one["height"]) for one in renditions(client) if one["mime"] == mime]


def test_each_width_comes_as_webp_and_as_jpeg(client):
    image(file=picture(1600, 900))
    expected = [(320, 180), (640, 360), (960, 540), (1280, 720)]
    assert sizes(client, "image/webp") == expected
    assert sizes(client, "image/jpeg") == expected


def test_sizes_have_names_up_to_the_one_that_holds_the_original(client):
    image(file=picture(700, 350))
    names = {one["width"]: one["preset"] for one in renditions(client)}
    assert names == {320: "small", 640: "medium", 700: "large"}


def test_api_v2_tells_the_sizes_as_the_feed_does(client, settings):
    stored = image(file=picture(700, 350))
    told = client.get(f"/api/v2/images/{stored.pk}/").json()["renditions"]
    beside = ("id", "url", "fingerprint")
    assert [{name: value for name, value in one.items() if name != "url"} for one in told] == [
        {name: value for name, value in one.items() if name not in beside}
        for one in renditions(client)
    ]
    for one in told:
        address = urlsplit(one["url"])
        assert f"{address.scheme}://{address.netloc}" == settings.PLAINLEAF_ADMIN_URL
        shown = client.get(address.path)
        assert shown.getvalue()
        assert (shown.status_code, shown["Content-Type"]) == (200, one["mime"])


def test_asking_api_v2_for_images_makes_no_rendition_and_no_query_each(
    client, django_assert_max_num_queries
):
    for number in range(6):
        image(f"leaf-{number}", file=picture(700, 350))
    made = Rendition.objects.count()
    with django_assert_max_num_queries(11):  # six are for tags
        client.get("/api/v2/images/?fields=renditions")
    assert Rendition.objects.count() == made


def test_no_rendition_is_wider_than_the_original(client):
    image(file=picture(700, 350))
    assert sizes(client, "image/webp") == [(320, 160), (640, 320), (700, 350)]


def test_small_image_comes_in_its_own_size(client):
    image(file=picture(100, 50))
    assert sizes(client, "image/webp") == sizes(client, "image/jpeg") == [(100, 50)]


def test_transparent_image_keeps_its_transparency(client):
    image(file=picture(400, 200, file_format="PNG", mode="RGBA", colour=(0, 128, 0, 90)))
    assert {one["mime"] for one in renditions(client)} == {"image/webp", "image/png"}
    drawn = [Picture.open(io.BytesIO(body_of(client, one))) for one in renditions(client)]
    assert {one.mode for one in drawn} == {"RGBA"}


def body_of(client, rendition: dict) -> bytes:
    response = read(client, rendition["url"])
    assert response.status_code == 200
    assert response["Content-Type"] == rendition["mime"]
    assert response["Cache-Control"] == "no-store"
    return response.getvalue()


def test_no_rendition_tells_where_or_with_what_a_photo_was_taken(client):
    exif = Picture.Exif()
    exif[0x010E], exif[0x0110] = "SECRET-DESCRIPTION", "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    secrets = {"exif": exif, "comment": b"SECRET-COMMENT", "xmp": b"<x>SECRET-XMP</x>"}
    image(file=picture(700, 350, **secrets))
    for rendition in renditions(client):
        body = body_of(client, rendition)
        assert b"SECRET" not in body
        assert not Picture.open(io.BytesIO(body)).getexif()


def test_nothing_is_cut_off_around_what_a_picture_is_about(client):
    focus = {"focal_point_width": 90, "focal_point_height": 90}
    image(file=picture(1600, 900), focal_point_x=50, focal_point_y=850, **focus)
    assert sizes(client, "image/webp") == [(320, 180), (640, 360), (960, 540), (1280, 720)]


def test_turned_photo_is_upright_and_no_width_comes_twice(client):
    exif = Picture.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    image(file=picture(1600, 900, exif=exif))
    upright = sizes(client, "image/webp")
    assert all(height > width for width, height in upright)
    assert [width for width, _ in upright] == sorted({width for width, _ in upright})


def test_saving_an_image_makes_its_renditions_once_it_is_committed(
    client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        Image.objects.create(title="Leaf", file=picture())
        assert records(client, "image") == []
    assert len(renditions(client)) == 8


def test_replacing_the_file_in_the_admin_makes_new_renditions_and_removes_the_old(
    client, django_capture_on_commit_callbacks
):
    leaf = image(file=picture(700, 350))
    before = renditions(client)
    form = get_image_form(Image)(
        {"title": "Leaf", "collection": leaf.collection_id},
        {"file": as_upload(picture(800, 400, colour="gold"))},
        instance=leaf,
    )
    with django_capture_on_commit_callbacks(execute=True):
        form.save()
    form.original_file.close()
    after = renditions(client)
    assert after[-1]["width"] == 800
    assert not {one["fingerprint"] for one in before} & {one["fingerprint"] for one in after}
    assert Rendition.objects.count() == len(after)


def as_upload(file: ContentFile) -> SimpleUploadedFile:
    return SimpleUploadedFile(file.name, file.read(), "image/jpeg")


def test_file_replaced_by_code_makes_new_renditions_too(client, django_capture_on_commit_callbacks):
    leaf = image(file=picture(700, 350))
    with django_capture_on_commit_callbacks(execute=True):
        leaf.file = picture(800, 400, colour="gold")
        leaf.save()
    assert [width for width, _ in sizes(client, "image/webp")] == [320, 640, 800]
    assert Rendition.objects.count() == 6


def test_rendition_of_an_earlier_file_is_in_no_record_and_not_handed_out(client):
    leaf = image(file=picture(100, 50))
    [old, _] = renditions(client)
    Image.objects.filter(pk=leaf.pk).update(file_hash=hashlib.sha1(b"new").hexdigest())
    assert records(client, "image") == []
    assert read(client, old["url"]).status_code == 404


def test_saving_a_title_makes_nothing_anew(client, django_capture_on_commit_callbacks):
    leaf = image(file=picture(100, 50))
    before = renditions(client)
    with django_capture_on_commit_callbacks(execute=True):
        leaf.title = "A leaf"
        leaf.save()
    assert renditions(client) == before


def test_reading_the_feed_makes_no_rendition(client):
    Image.objects.create(title="Leaf", file=picture())
    records(client)
    assert not Rendition.objects.exists()


def test_unreadable_upload_stays_out_and_does_not_fail_the_request(
    client, django_capture_on_commit_callbacks, caplog
):
    leaf = image(file=picture(100, 50))
    Path(leaf.file.path).unlink()
    Rendition.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        leaf.save()
    assert records(client, "image") == []
    assert "Error calling" in caplog.text


def test_make_renditions_prepares_what_came_in_by_bulk(client, capsys):
    Image.objects.create(title="Leaf", file=picture(100, 50))
    document()
    call_command("make_renditions")
    assert capsys.readouterr().out == "Made 2 renditions and measured 0 documents.\n"
    call_command("make_renditions")
    assert capsys.readouterr().out == "Made 0 renditions and measured 0 documents.\n"
    assert len(renditions(client)) == 2


def test_make_renditions_names_a_file_that_is_missing(capsys):
    leaf = Image.objects.create(title="Leaf", file=picture(100, 50))
    Path(leaf.file.path).unlink()
    with pytest.raises(CommandError) as raised:
        call_command("make_renditions")
    assert str(raised.value).startswith(
        f"The file '{leaf.file.name}' of image {leaf.pk}, 'Leaf', cannot be read ("
    )
    assert str(raised.value).endswith("Upload it again.")


def test_missing_rendition_file_is_404_and_names_the_image(client):
    leaf = image(file=picture(100, 50))
    [rendition, _] = renditions(client)
    file = Rendition.objects.get(pk=rendition["id"]).file
    Path(file.path).unlink()
    response = read(client, rendition["url"])
    assert response.status_code == 404
    assert response.json() == {
        "message": f"The file '{file.name}' of image {leaf.pk}, 'Leaf', is missing on the CMS. "
        "Upload it again."
    }


def test_document_is_handed_out_with_its_bytes_and_type(client):
    document(content=b"%PDF-1.7 leaflet")
    [record] = records(client, "document")
    response = read(client, record["url"])
    assert response.getvalue() == b"%PDF-1.7 leaflet"
    assert response["Content-Type"] == "application/pdf"
    assert record["size"] == 16


def test_files_of_a_private_collection_are_404(client):
    private = collection("Staff")
    leaf, leaflet = image(file=picture(100, 50), collection=private), document(collection=private)
    [rendition, _] = renditions(client)
    make_collection_private(private)
    assert read(client, rendition["url"]).status_code == 404
    response = read(client, reverse("export_feed:document", args=[leaflet.pk]))
    assert response.json() == {"message": f"The feed names no document {leaflet.pk}."}
    assert ids(client, "image") == set()
    assert leaf.renditions.exists()


def test_thumbnail_of_the_admin_is_not_in_the_feed(client):
    leaf = image(file=picture(700, 350))
    thumbnail = leaf.get_rendition("max-165x165")
    assert thumbnail.pk not in {one["id"] for one in renditions(client)}
    url = reverse("export_feed:rendition", args=[thumbnail.pk])
    assert read(client, url).json() == {"message": f"The feed names no rendition {thumbnail.pk}."}


def bundle(client, body: object, settings) -> Any:
    return client.post(
        FILES,
        body if isinstance(body, bytes) else orjson.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"},
    )


def members(response) -> dict[str, bytes]:
    """What a reader that takes the stream as it comes finds in it, in its order."""
    assert response["Content-Type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(response.getvalue()), mode="r|") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


class TestManyFilesAtOnce:
    def test_come_in_the_order_in_which_they_were_asked_for(self, client, settings):
        image(file=picture(100, 50))
        leaflets = [document(content=content) for content in (b"one", b"x" * 200_000)]
        webp, jpeg = renditions(client)
        asked = {
            "renditions": [jpeg["id"], webp["id"]],
            "documents": [leaflet.pk for leaflet in leaflets],
        }
        found = members(bundle(client, asked, settings))
        assert list(found) == [
            f"renditions/{jpeg['id']}",
            f"renditions/{webp['id']}",
            f"documents/{leaflets[0].pk}",
            f"documents/{leaflets[1].pk}",
        ]
        assert found[f"renditions/{webp['id']}"] == body_of(client, webp)
        assert found[f"documents/{leaflets[0].pk}"] == b"one"
        assert found[f"documents/{leaflets[1].pk}"] == b"x" * 200_000

    def test_cost_one_query_a_kind(self, client, settings, django_assert_num_queries):
        for _ in range(3):
            image(file=picture(100, 50))
            document()
        asked = {
            "renditions": list(Rendition.objects.values_list("pk", flat=True)),
            "documents": list(Document.objects.values_list("pk", flat=True)),
        }
        with django_assert_num_queries(2):
            assert len(members(bundle(client, asked, settings))) == 9

    def test_one_that_is_missing_says_what_the_single_one_would(self, client, settings):
        image(file=picture(100, 50))
        [webp, jpeg] = renditions(client)
        Path(Rendition.objects.get(pk=webp["id"]).file.path).unlink()
        found = members(bundle(client, {"renditions": [webp["id"], jpeg["id"]]}, settings))
        assert list(found) == [f"renditions/{webp['id']}.error", f"renditions/{jpeg['id']}"]
        single = read(client, webp["url"]).json()["message"]
        assert found[f"renditions/{webp['id']}.error"].decode() == single

    def test_ones_that_are_not_public_are_not_in_it(self, client, settings):
        private = collection("Staff")
        image(file=picture(100, 50), collection=private)
        leaflet = document(collection=private)
        rendition, thumbnail = (
            Rendition.objects.first(),
            image(file=picture(300, 50)).get_rendition("max-16x16"),
        )
        make_collection_private(private)
        asked = {"renditions": [rendition.pk, thumbnail.pk, 999], "documents": [leaflet.pk]}
        assert members(bundle(client, asked, settings)) == {
            f"renditions/{rendition.pk}.error": b"The feed names no rendition %d." % rendition.pk,
            f"renditions/{thumbnail.pk}.error": b"The feed names no rendition %d." % thumbnail.pk,
            "renditions/999.error": b"The feed names no rendition 999.",
            f"documents/{leaflet.pk}.error": b"The feed names no document %d." % leaflet.pk,
        }

    def test_none_are_an_empty_archive(self, client, settings):
        assert members(bundle(client, {}, settings)) == {}

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"{", "The request is not JSON: "),
            ([31], "The request is not a JSON object."),
            ({"renditions": 31}, "'renditions' is not a list of ids."),
            ({"renditions": ["31"]}, "'renditions' is not a list of ids."),
            ({"documents": [True]}, "'documents' is not a list of ids."),
            ({"documents": [2**63]}, "'documents' is not a list of ids."),
            (
                {"renditions": [1] * 400, "documents": [1] * 101},
                "501 files are too many for one request. Ask for 500 at most.",
            ),
        ],
    )
    def test_request_that_is_none_is_400_and_says_why(self, client, settings, body, message):
        response = bundle(client, body, settings)
        assert response.status_code == 400
        assert response.json()["message"].startswith(message)

    def test_are_for_the_exporter_only(self, client):
        assert client.post(FILES, b"{}", content_type="application/json").status_code == 401
        assert read(client, FILES).status_code == 405

    def test_file_that_shrinks_while_it_is_read_cuts_the_stream(
        self, client, settings, monkeypatch
    ):
        leaflet = document(content=b"x" * 200_000)
        response = bundle(client, {"documents": [leaflet.pk]}, settings)
        parts = iter(response.streaming_content)
        next(parts)
        Path(leaflet.file.path).write_bytes(b"y")
        with pytest.raises(OSError, match="was replaced while it was read"):
            list(parts)
