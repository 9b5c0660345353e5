"""Which files may leave the CMS: images and documents of collections that anybody may see.

Which pages may, ``cms.safety.public`` says. The export feed and API v2 both read through these
querysets, so that nothing can be public in one and private in the other.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.functions import Length, Substr
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction


def public_images(*, using: str | None = None) -> QuerySet[Any]:
    """The images of every collection that is restricted neither itself nor by an ancestor."""
    return _in_public_collections(get_image_model(), using)


def public_documents(*, using: str | None = None) -> QuerySet[Any]:
    """The documents of every collection that is restricted neither itself nor by an ancestor."""
    return _in_public_collections(get_document_model(), using)


def _in_public_collections(model: type[Model], using: str | None) -> QuerySet[Any]:
    restrictions = CollectionViewRestriction.objects.using(using).filter(
        collection__path=Substr(OuterRef("path"), 1, Length("collection__path"))
    )
    public = Collection.objects.using(using).filter(~Exists(restrictions)).order_by()
    return model.objects.using(using).filter(collection__in=public)
