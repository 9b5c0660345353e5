"""The files of the site that are no page of the CMS: wagtail-bakery does not bake these itself."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.test import RequestFactory
from wagtailbakery.views import WagtailBakeryView

from benchmarks.peers.django_site.views import letter_addresses, list_addresses, topic_slugs


class WhatNoPageStandsFor(WagtailBakeryView):
    def build_queryset(self) -> None:
        lists = [f"/{slug}/page/{number}/" for slug, number in list_addresses()]
        lists += ["/site-map/", "/a-z/"]
        for letter, number in letter_addresses():
            lists.append(f"/a-z/{letter}/" + (f"page/{number}/" if number > 1 else ""))
        feeds = [f"/{slug}/feed.xml" for slug in topic_slugs()]
        for address in (*lists, *feeds, "/sitemap.xml", "/feed.xml", "/404.html"):
            name = address + "index.html" if address.endswith("/") else address
            path = Path(settings.BUILD_DIR + name)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.request = RequestFactory().get(address)
            self.build_file(str(path), self.get_content(None))
