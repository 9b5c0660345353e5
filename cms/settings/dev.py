"""For one person on one machine; the default of ``manage.py``. Never reachable from outside."""

from cms.settings.base import *

DEBUG = True
SECRET_KEY = SECRET_KEY or "development-only-key-that-protects-nothing-whatsoever"
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

PLAINLEAF_SITE_URL = PLAINLEAF_SITE_URL or "http://localhost:8080"
PLAINLEAF_ADMIN_URL = PLAINLEAF_ADMIN_URL or "http://127.0.0.1:8000"
PLAINLEAF_FEED_TOKEN = PLAINLEAF_FEED_TOKEN or "development-feed-token"
PLAINLEAF_COMMENT_KEYS = PLAINLEAF_COMMENT_KEYS or ["development-comment-key-0123456789abcdef"]

WAGTAILADMIN_BASE_URL = PLAINLEAF_ADMIN_URL
WAGTAILAPI_BASE_URL = PLAINLEAF_ADMIN_URL
CSRF_TRUSTED_ORIGINS = [origin_of(PLAINLEAF_ADMIN_URL)]
WAGTAIL_HEADLESS_PREVIEW = {**WAGTAIL_HEADLESS_PREVIEW, "SERVE_BASE_URL": PLAINLEAF_SITE_URL}

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# At once, in the request: no worker runs here, and searching the admin waits for these tasks.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
