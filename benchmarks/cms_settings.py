"""The CMS of a benchmark: the development settings, without debugging's bookkeeping."""

# ruff: noqa: F403, F405

from cms.settings.dev import *

DEBUG = False
# Written once, served by nobody: no file is worth a manifest here.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
LOGGING["root"]["level"] = "WARNING"
