"""The files of the site that are no page of the CMS: wagtail-bakery does not bake these itself."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.test import RequestFactory
from wagtailbakery.views import WagtailBakeryView

from benchmarks.peers.django_site.views import list_addresses


class WhatNoPageStandsFor(WagtailBakeryView):
    def build_queryset(self) -> None:
        lists = [f"/{slug}/page/{number}/" for slug, number in list_addresses()]
        for address in (*lists, "/sitemap.xml", "/feed.xml", "/404.html"):
            name = address + "index.html" if address.endswith("/") else address
            path = Path(settings.BUILD_DIR + name)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.request = RequestFactory().get(address)
            self.build_file(str(path), self.get_content(None))
