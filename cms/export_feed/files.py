"""Know a stored file by its bytes, however it was saved.

Only Wagtail's own forms keep ``file_hash`` and ``file_size`` true; code that saves a file, and a
bulk import, do not.
"""

from __future__ import annotations

from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.utils.file import hash_filelike

from cms.export_feed.journal import record_change


def measure_document(document: AbstractDocument) -> bool:
    """Bring hash and size up to date; return whether they were not. Raises ``OSError``."""
    was_outdated = remember_bytes(document)
    if was_outdated:
        record_change("document", document.pk)
    return was_outdated


def remember_bytes(stored: AbstractImage | AbstractDocument) -> bool:
    """Store the SHA-1 and the size in bytes of a file; return whether they were out of date.

    Raises ``OSError`` where the file cannot be read.
    """
    with stored.open_file() as file:
        found = {"file_hash": hash_filelike(file), "file_size": file.size}
    is_outdated = found != {name: getattr(stored, name) for name in found}
    if is_outdated:
        for name, value in found.items():
            setattr(stored, name, value)
        type(stored)._base_manager.filter(pk=stored.pk).update(**found)
    return is_outdated
