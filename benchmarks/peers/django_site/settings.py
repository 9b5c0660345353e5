"""The benchmark's CMS with a front end, for a peer to bake. Each peer adds its own part."""

# ruff: noqa: F403, F405

import os
from pathlib import Path

from benchmarks.cms_settings import *

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
MIDDLEWARE = []  # nobody logs in to a page that is baked
ALLOWED_HOSTS = ["*"]

# One stylesheet and one icon: the admin's thousand files would be copied too, and are no site's.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_DIRS = [os.environ["BENCH_STATIC_DIR"]]
STATIC_ROOT = Path(os.environ["BENCH_BUILD_DIR"] + "-static")
