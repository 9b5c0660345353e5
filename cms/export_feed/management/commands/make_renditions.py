"""Prepare the files of images and documents that came in without Wagtail's forms or signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms.export_feed.files import measure_document
from cms.export_feed.renditions import make_renditions


class Command(BaseCommand):
    help = (
        "Makes the renditions that the export feed names, and measures documents. "
        "Run it after a bulk import of files; what is there already is left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made, unreadable = self._prepare_all(get_image_model(), make_renditions)
        measured, more_unreadable = self._prepare_all(get_document_model(), measure_document)
        self.stdout.write(f"Made {made} renditions and measured {measured} documents.")
        if unreadable or more_unreadable:
            raise CommandError("\n".join([*unreadable, *more_unreadable]))

    def _prepare_all(self, model: Any, prepare: Callable[[Any], int]) -> tuple[int, list[str]]:
        """How much there was to do, and a sentence for each file that could not be read."""
        done, unreadable = 0, []
        for stored in model.objects.order_by("pk").iterator():
            try:
                done += prepare(stored)
            except OSError as error:
                unreadable.append(
                    f"The file '{stored.file.name}' of {model._meta.verbose_name} {stored.pk}, "
                    f"'{stored.title}', cannot be read ({error}). Upload it again."
                )
        return done, unreadable
