"""The benchmark's CMS with a front end, for wagtail-bakery to bake."""

# ruff: noqa: F403, F405

import os
from pathlib import Path

from benchmarks.cms_settings import *

PEER_DIR = Path(__file__).resolve().parent

INSTALLED_APPS += ["bakery", "wagtailbakery"]
ROOT_URLCONF = "benchmarks.peers.wagtail_bakery.urls"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [PEER_DIR / "templates"]}]
ALLOWED_HOSTS = ["*"]

# One stylesheet: the admin's thousand files, which bakery would copy too, are not the site's.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_DIRS = [PEER_DIR / "static"]
STATIC_ROOT = Path(os.environ["BENCH_BUILD_DIR"] + "-static")

BUILD_DIR = os.environ["BENCH_BUILD_DIR"]
BAKERY_VIEWS = ("wagtailbakery.views.AllPublishedPagesView",)
