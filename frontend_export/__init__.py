"""Plainleaf's static exporter: reads a Wagtail CMS over HTTP, writes a static site."""
