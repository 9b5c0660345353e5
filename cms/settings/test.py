"""For pytest: nothing here depends on the environment but ``DATABASE_URL``.

``feed`` mirrors ``default``: ``tests/cms/conftest.py`` makes it the same connection in tests that
run inside one transaction, and leaves it a real second one in transactional tests.
"""

import os
import tempfile
from pathlib import Path

from cms.settings.base import *

SECRET_KEY = "test-only-key-that-protects-nothing-whatsoever-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

PLAINLEAF_SITE_URL = "https://www.plainleaf.test"
PLAINLEAF_ADMIN_URL = "https://admin.plainleaf.test"
PLAINLEAF_FEED_TOKEN = "test-feed-token-0123456789abcdef"  # noqa: S105
PLAINLEAF_COMMENT_KEYS = ["test-comment-key-0123456789abcdef0123456789"]

WAGTAILADMIN_BASE_URL = PLAINLEAF_ADMIN_URL
WAGTAILAPI_BASE_URL = PLAINLEAF_ADMIN_URL
CSRF_TRUSTED_ORIGINS = [origin_of(PLAINLEAF_ADMIN_URL)]
WAGTAIL_HEADLESS_PREVIEW = {**WAGTAIL_HEADLESS_PREVIEW, "SERVE_BASE_URL": PLAINLEAF_SITE_URL}

# One folder a process, so that two runs on one machine never meet.
SCRATCH_DIR = Path(tempfile.gettempdir()) / f"plainleaf-test-{os.getpid()}"
MEDIA_ROOT = SCRATCH_DIR / "media"
STATIC_ROOT = SCRATCH_DIR / "static"
if not os.environ.get("DATABASE_URL"):
    # A file, since a database in memory cannot be read while it is written.
    DATABASES = sqlite_databases(SCRATCH_DIR / "db.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH_DIR / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
