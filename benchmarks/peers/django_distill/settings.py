"""The benchmark's site, for django-distill."""

# ruff: noqa: F403, F405

from benchmarks.peers.django_site.settings import *

INSTALLED_APPS += ["django_distill"]
ROOT_URLCONF = "benchmarks.peers.django_distill.urls"
