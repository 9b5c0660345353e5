"""The bytes of a file that the feed names become an answer; of any other there are none.

One query a kind, however many files are asked for: what is public is decided there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from django.core.files.storage import Storage
from wagtail.images import get_image_model

from cms.core.public import public_documents, public_images
from cms.export_feed.renditions import mime_of


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file, and whose it is: ``"document 2, 'Leaflet'"``."""

    storage: Storage
    name: str
    content_type: str
    owner: str

    def open(self) -> IO[bytes]:
        """Raises ``MissingFileError``."""
        try:
            opened: IO[bytes] = self.storage.open(self.name)
        except FileNotFoundError as error:
            raise MissingFileError(
                f"The file '{self.name}' of {self.owner}, is missing on the CMS. Upload it again."
            ) from error
        return opened


class MissingFileError(Exception):
    """The feed names a file that is not to be had; the message is for whoever asked for it."""


def rendition(rendition_id: int) -> StoredFile:
    """Raises ``MissingFileError``, as ``document`` does."""
    return renditions([rendition_id]).one(rendition_id)


def document(document_id: int) -> StoredFile:
    return documents([document_id]).one(document_id)


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """What was found of one kind, by id."""

    kind: str
    found: dict[int, StoredFile]

    def one(self, object_id: int) -> StoredFile:
        """Raises ``MissingFileError``."""
        if object_id not in self.found:
            raise MissingFileError(f"The feed names no {self.kind} {object_id}.")
        return self.found[object_id]


def renditions(ids: Iterable[int]) -> StoredFiles:
    """Those of public images that were made from the present file."""
    model = get_image_model().get_rendition_model()
    storage = model._meta.get_field("file").storage
    rows = model.objects.filter(pk__in=ids, image__in=public_images().order_by()).values_list(
        "pk", "file", "filter_spec", "image", "image__title", "image__file_hash"
    )
    return StoredFiles(
        "rendition",
        {
            rendition_id: StoredFile(storage, name, mime, f"image {image_id}, '{title}'")
            for rendition_id, name, spec, image_id, title, file_hash in rows
            if (mime := mime_of(spec, file_hash))
        },
    )


def documents(ids: Iterable[int]) -> StoredFiles:
    """Those of public collections."""
    rows = public_documents().filter(pk__in=ids).only("file", "title")
    return StoredFiles(
        "document",
        {
            row.pk: StoredFile(
                row.file.storage,
                row.file.name,
                row.content_type,
                f"document {row.pk}, '{row.title}'",
            )
            for row in rows
        },
    )
