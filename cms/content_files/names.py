"""What content files may refer to by a name, and its id in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from cms.content_files.problems import listed
from cms.content_files.reading import ContentFiles, snippet_file


@dataclass(frozen=True, slots=True)
class Names:
    """Pages by path, images and documents by file, snippets by model and name.

    ``source_keys`` are those of the page that is being read. Relative dates count from ``read_at``.
    """

    read_at: dt.datetime
    pages: Mapping[str, int]
    images: Mapping[str, int]
    documents: Mapping[str, int]
    snippets: Mapping[str, Mapping[str, int]]
    source_keys: frozenset[str] = field(default=frozenset())

    def page(self, path: object) -> int:
        """The id of the page at a path; ``ValueError`` says which paths there are."""
        if not isinstance(path, str) or path not in self.pages:
            raise ValueError(f"There is no page at '{path}'. The pages are {_sorted(self.pages)}.")
        return self.pages[path]

    def image(self, file: object) -> int:
        return _chosen(file, self.images, "image", "images.yaml")

    def document(self, file: object) -> int:
        return _chosen(file, self.documents, "document", "documents.yaml")

    def snippet(self, model: str, name: object) -> int:
        """``model`` is a label: ``articles.Helpline``."""
        kind = snippet_file(model)
        return _chosen(name, self.snippets[model], kind.noun, kind.file)


def names_without_ids(files: ContentFiles) -> Names:
    """For checking files where there is no database to ask."""
    return Names(
        read_at=files.read_at,
        pages={page.head.path: 0 for page in files.pages},
        images={image.file: 0 for image in files.images},
        documents={document.file: 0 for document in files.documents},
        snippets={
            model: {entry.known_as: 0 for entry in entries}
            for model, entries in files.snippets.items()
        },
    )


def _chosen(value: object, ids: Mapping[str, int], noun: str, file: str) -> int:
    if not isinstance(value, str) or value not in ids:
        raise ValueError(
            f"There is no {noun} '{value}'. Add it to {file}, or choose one of {listed(ids)}."
        )
    return ids[value]


def _sorted(paths: Mapping[str, int]) -> str:
    return ", ".join(sorted(paths))
