"""What every way of running the CMS shares. The environment is read here, once.

Values that only one way of running needs live in ``dev``, ``production`` and ``test``.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cms.core.addresses import origin_of as origin_of

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(os.environ.get("PLAINLEAF_DATA_DIR") or BASE_DIR / "var" / "cms")


def split_by_comma(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def whole_number(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{variable} is '{value}'. Set it to a whole number.")
    return int(value)


def whole_numbers(variable: str, default: str) -> list[int]:
    """By comma. Set to nothing it is an empty list; not set, the default."""
    parts = split_by_comma(os.environ.get(variable, default))
    for part in parts:
        if not part.isdecimal():
            raise ImproperlyConfigured(
                f"{variable} has '{part}'. Set it to whole numbers, by comma: {default}."
            )
    return [int(part) for part in parts]


SECRET_KEY = os.environ.get("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = split_by_comma(os.environ.get("SECRET_KEY_FALLBACKS", ""))
ALLOWED_HOSTS = split_by_comma(os.environ.get("ALLOWED_HOSTS", ""))

# The public site, and the admin's public address.
PLAINLEAF_SITE_URL = os.environ.get("PLAINLEAF_SITE_URL", "").rstrip("/")
PLAINLEAF_ADMIN_URL = os.environ.get("PLAINLEAF_ADMIN_URL", "").rstrip("/")
# How many days somebody who was sent a link can see a draft; 0 offers no such links.
PLAINLEAF_SHARE_DAYS = whole_number("PLAINLEAF_SHARE_DAYS", 7)
# Secrets shared with the exporter and the edge; the first comment key signs, all verify.
PLAINLEAF_FEED_TOKEN = os.environ.get("PLAINLEAF_FEED_TOKEN", "")
PLAINLEAF_COMMENT_KEYS = split_by_comma(os.environ.get("PLAINLEAF_COMMENT_KEYS", ""))

# What looks at comments from outside, such as a spam service: dotted paths of what makes a checker
# (cms.comments.rules.Checker), and how long one may take. None is built in.
PLAINLEAF_COMMENT_CHECKERS = split_by_comma(os.environ.get("PLAINLEAF_COMMENT_CHECKERS", ""))
PLAINLEAF_COMMENT_CHECK_SECONDS = whole_number("PLAINLEAF_COMMENT_CHECK_SECONDS", 5)

# Who gets mail when exports fail or stand still: after how many failures in a row, and when a
# change has waited for how long. ADMINS get it where nobody is named.
PLAINLEAF_ALERT_EMAILS = split_by_comma(os.environ.get("PLAINLEAF_ALERT_EMAILS", ""))
PLAINLEAF_ALERT_AFTER_FAILURES = whole_number("PLAINLEAF_ALERT_AFTER_FAILURES", 3)
PLAINLEAF_ALERT_AFTER_MINUTES = whole_number("PLAINLEAF_ALERT_AFTER_MINUTES", 10)
# How many days before a review is due its page's owner and the reviewers get mail; and once it is
# overdue. Empty for then alone.
PLAINLEAF_REVIEW_REMINDER_DAYS = whole_numbers("PLAINLEAF_REVIEW_REMINDER_DAYS", "60,30,7")
# Mail about readers' comments. Moderators: minutes between two mails of a kind to one person (a
# digest of 0 is none); minutes until an urgent comment that nobody looked at is told to others, who
# they are (those above where nobody is named) and how often; hours a link works.
PLAINLEAF_MAIL_URGENT_MINUTES = whole_number("PLAINLEAF_MAIL_URGENT_MINUTES", 1)
PLAINLEAF_MAIL_DIGEST_MINUTES = whole_number("PLAINLEAF_MAIL_DIGEST_MINUTES", 15)
PLAINLEAF_MAIL_ESCALATE_MINUTES = whole_number("PLAINLEAF_MAIL_ESCALATE_MINUTES", 30)
PLAINLEAF_MAIL_ESCALATE_TIMES = whole_number("PLAINLEAF_MAIL_ESCALATE_TIMES", 8)
PLAINLEAF_ESCALATION_EMAILS = split_by_comma(os.environ.get("PLAINLEAF_ESCALATION_EMAILS", ""))
PLAINLEAF_MAIL_LINK_HOURS = whole_number("PLAINLEAF_MAIL_LINK_HOURS", 72)
PLAINLEAF_MAIL_COMMENTS_NAMED = whole_number("PLAINLEAF_MAIL_COMMENTS_NAMED", 20)
# Readers: days in which they can confirm their address, and days for which an address that was not
# confirmed, or that wanted no more, is left alone.
PLAINLEAF_READER_MAIL_CONFIRM_DAYS = whole_number("PLAINLEAF_READER_MAIL_CONFIRM_DAYS", 7)
PLAINLEAF_READER_MAIL_PAUSE_DAYS = whole_number("PLAINLEAF_READER_MAIL_PAUSE_DAYS", 30)
# Sending: tries until a mail is given up, days a mail that is done with is remembered, seconds
# that one round of sending may take before whatever else the scheduler has to do.
PLAINLEAF_MAIL_TRIES = whole_number("PLAINLEAF_MAIL_TRIES", 10)
PLAINLEAF_MAIL_DAYS_KEPT = whole_number("PLAINLEAF_MAIL_DAYS_KEPT", 7)
PLAINLEAF_MAIL_ROUND_SECONDS = whole_number("PLAINLEAF_MAIL_ROUND_SECONDS", 20)
# The reports of the exporter's runs: the newest so many, and none older than so many days.
PLAINLEAF_RUNS_KEPT = 1000
PLAINLEAF_RUN_DAYS_KEPT = 90
# An exporter that was away for longer reads the whole site instead of what changed.
PLAINLEAF_JOURNAL_DAYS_KEPT = 30

INSTALLED_APPS = [
    "cms.core",
    "cms.safety",
    "cms.articles",
    "cms.comments",
    "cms.review",
    "cms.preview",
    "cms.content_files",
    "wagtail_headless_preview",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.api.v2",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Last, so that its signal handlers run after those of all others: a change is recorded when
    # everything that comes with it, such as a redirect from the old path, has been written.
    "cms.export_feed",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cms.safety.admin.doors.GoLiveRefusalsInWords",
    "cms.review.doors.RefusalsInWords",
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # What we add to templates of Wagtail's own, before its app is looked into.
        "DIRS": [BASE_DIR / "cms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def sqlite_databases(path: Path) -> dict[str, dict[str, Any]]:
    """``default`` for everything, ``feed`` for the long read of the export feed.

    Writers queue for the lock when they begin instead of failing half way; the feed's read,
    deferred, holds one snapshot of the same file without ever asking for the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
    shared = {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
    return {
        "default": {
            **shared,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": pragmas, "timeout": 20},
        },
        "feed": {
            **shared,
            "OPTIONS": {"transaction_mode": "DEFERRED", "init_command": pragmas, "timeout": 20},
            "TEST": {"MIRROR": "default"},
        },
    }


def url_databases(url: str) -> dict[str, dict[str, Any]]:
    """The same two aliases on the server that ``DATABASE_URL`` names.

    ``feed`` never keeps its connection: a feed that was cut off must not hand an open
    transaction to the next request.
    """
    return {
        "default": dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)),
        "feed": {**dj_database_url.parse(url, conn_max_age=0), "TEST": {"MIRROR": "default"}},
    }


if DATABASE_URL := os.environ.get("DATABASE_URL"):
    DATABASES = url_databases(DATABASE_URL)
else:
    DATABASES = sqlite_databases(DATA_DIR / "db.sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# An article with every block posts more fields than Django's default of a thousand.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Two names, so that a second Django on the same host cannot overwrite ours.
SESSION_COOKIE_NAME = "plainleaf_session"
CSRF_COOKIE_NAME = "plainleaf_csrf"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Two lines for each index update of each save drown everything else.
    "loggers": {"django_tasks": {"level": "WARNING"}},
}

WAGTAIL_SITE_NAME = "Plainleaf"
WAGTAIL_I18N_ENABLED = False
WAGTAILAPI_BASE_URL = PLAINLEAF_ADMIN_URL
WAGTAILAPI_LIMIT_MAX = 100
WAGTAILREDIRECTS_AUTO_CREATE = True
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "odt", "pdf", "txt", "xlsx"]
# Nothing an editor pastes may make the CMS, or a reader's browser, call a third party.
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
# Milliseconds after a pause in typing: the preview first, the draft when it has been shown.
WAGTAIL_AUTO_UPDATE_PREVIEW_INTERVAL = 50
WAGTAIL_AUTOSAVE_INTERVAL = 2000
WAGTAIL_HEADLESS_PREVIEW = {"SERVE_BASE_URL": PLAINLEAF_SITE_URL}
