"""For the public: refuses to start when a secret or an address is missing, and names it."""

import os

from django.core.exceptions import ImproperlyConfigured

from cms.settings.base import *

SHORTEST_SECRET_KEY = 50
SHORTEST_FEED_TOKEN = 32
SHORTEST_COMMENT_KEY_BYTES = 32


def refuse_unless(is_right: bool, variable: str, remedy: str) -> None:
    if not is_right:
        raise ImproperlyConfigured(f"{variable} {remedy} .env.example lists every variable.")


def is_an_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and origin_of(url) != f"{url.split(':')[0]}://"


refuse_unless(
    len(SECRET_KEY) >= SHORTEST_SECRET_KEY,
    "SECRET_KEY",
    f"is missing or shorter than {SHORTEST_SECRET_KEY} characters. "
    "Set it to a long random text and keep it secret.",
)
refuse_unless(
    all(len(key) >= SHORTEST_SECRET_KEY for key in SECRET_KEY_FALLBACKS),
    "SECRET_KEY_FALLBACKS",
    f"holds a key shorter than {SHORTEST_SECRET_KEY} characters. "
    "Set it to what SECRET_KEY was before, by comma, or leave it out.",
)
refuse_unless(
    bool(ALLOWED_HOSTS),
    "ALLOWED_HOSTS",
    "is missing. Set it to the host names this CMS answers to, by comma.",
)
refuse_unless(
    "*" not in ALLOWED_HOSTS,
    "ALLOWED_HOSTS",
    "contains '*', which lets any host name in. List the host names, by comma.",
)
refuse_unless(
    is_an_address(PLAINLEAF_SITE_URL),
    "PLAINLEAF_SITE_URL",
    "is missing or not an http(s) address. Set it to the public address of the site.",
)
refuse_unless(
    is_an_address(PLAINLEAF_ADMIN_URL),
    "PLAINLEAF_ADMIN_URL",
    "is missing or not an http(s) address. Set it to the public address of this admin.",
)
refuse_unless(
    len(PLAINLEAF_FEED_TOKEN) >= SHORTEST_FEED_TOKEN,
    "PLAINLEAF_FEED_TOKEN",
    f"is missing or shorter than {SHORTEST_FEED_TOKEN} characters. "
    "Set the same random text here and on the exporter.",
)
refuse_unless(
    bool(PLAINLEAF_COMMENT_KEYS)
    and all(len(key.encode()) >= SHORTEST_COMMENT_KEY_BYTES for key in PLAINLEAF_COMMENT_KEYS),
    "PLAINLEAF_COMMENT_KEYS",
    f"is missing or holds a key shorter than {SHORTEST_COMMENT_KEY_BYTES} bytes. "
    "Set the same random keys here and on the edge, by comma.",
)

DEBUG = False
WAGTAILADMIN_BASE_URL = PLAINLEAF_ADMIN_URL
CSRF_TRUSTED_ORIGINS = [origin_of(PLAINLEAF_ADMIN_URL)]

MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"

# Https ends at the server before this one, which says so in this header. The exporter, the edge
# and health checks come over plain http inside the private network, so they are not redirected.
ADMIN_IS_SECURE = PLAINLEAF_ADMIN_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = ADMIN_IS_SECURE
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if ADMIN_IS_SECURE else 0
# W005, W021: the hosts beside and below the admin's are not ours to promise https for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = ADMIN_IS_SECURE
CSRF_COOKIE_SECURE = ADMIN_IS_SECURE

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10  # seconds; a mail server that hangs must not hold up whoever sends
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "webmaster@localhost")
