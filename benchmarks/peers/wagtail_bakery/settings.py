"""The benchmark's site, for wagtail-bakery."""

# ruff: noqa: F403, F405

import os

from benchmarks.peers.django_site.settings import *

INSTALLED_APPS += ["bakery", "wagtailbakery"]
ROOT_URLCONF = "benchmarks.peers.wagtail_bakery.urls"
BUILD_DIR = os.environ["BENCH_BUILD_DIR"]
BAKERY_VIEWS = (
    "wagtailbakery.views.AllPublishedPagesView",
    "benchmarks.peers.wagtail_bakery.views.WhatNoPageStandsFor",
)
