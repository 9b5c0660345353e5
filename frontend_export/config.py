"""The exporter's settings: read once, from the environment, each with the name it has there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from frontend_export.errors import SettingsError

ENVIRONMENT_PREFIX = "PLAINLEAF_"
HSTS = "max-age=31536000; includeSubDomains"
LONGEST_COMMENT = 3000
LONGEST_NAME = 80
LONGEST_REPORT = 1000
MOST_TEXT_CHARACTERS = 36_000  # of the CMS; a name is a column of its database
MOST_NAME_CHARACTERS = 320
SHORTEST_KEY_BYTES = 32
THEME_PARTS = ("templates", "static", "locale")
_EXAMPLE_OF_A_COLOUR = "leaf-ink=#14532d"
_HEX_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
# `make demo` leaves its settings there, so that every command works on the demo as it stands.
# What the environment says goes before.
DEMO_ENVIRONMENT = Path("var/demo/environment")
# Another Wagtail has no token, and no cursor that is cheap to ask for.
OF_ANOTHER_WAGTAIL = {"cms_url": "", "feed_token": "", "poll_seconds": 5.0}


class Settings(BaseModel):
    """``cms_url`` is ``PLAINLEAF_CMS_URL`` in the environment, and so on for each field."""

    model_config = ConfigDict(frozen=True)

    source: Literal["cms", "pages-api"] = Field(
        default="cms", description="Where the site comes from: our CMS, or any Wagtail's API v2."
    )
    api_url: str = Field(
        default="",
        validate_default=True,
        description="Any Wagtail's API v2, such as https://…/api/v2/; with the source pages-api.",
    )
    api_site: str = Field(
        default="",
        description="Which of that Wagtail's sites, by its host; its own choice unless set.",
    )
    mapping: Path | None = Field(
        default=None, description="A file that says what that API does not: docs/any-wagtail.md."
    )
    cms_url: str = Field(description="Where the exporter reaches the CMS.")
    site: str = Field(
        default="",
        description="Which of the CMS's sites, by its host; the default one unless set.",
    )
    feed_token: SecretStr = Field(description="The bearer token of the export feed.")
    site_url: str = Field(description="The public address of the site, with its base path.")
    admin_url: str = Field(
        default="", description="The admin's public address: it alone may frame a preview."
    )
    hsts: str = Field(
        default=HSTS,
        pattern=r"^max-age=[0-9]+(; includeSubDomains)?(; preload)?$",
        description="Strict-Transport-Security of a site at https://; max-age=0 takes it back.",
    )
    output_dir: Path = Field(
        default=Path("var/public"), description="Holds releases/ and current, the web root."
    )
    state_dir: Path = Field(
        default=Path("var/state"), description="What the exporter remembers; never served."
    )
    spool_dir: Path = Field(
        default=Path("var/spool"),
        description="Where the edge keeps comments until the CMS has them.",
    )
    theme_dir: Path | None = Field(
        default=None, description="Templates and styles that replace the theme's own, by path."
    )
    logo: Path | None = Field(
        default=None, description="An SVG or PNG file that stands for the site's name above pages."
    )
    logo_dark: Path | None = Field(
        default=None, description="The same logo for the dark scheme, where it needs another."
    )
    colours: dict[str, str] = Field(
        default_factory=dict,
        description="Colours by token, such as leaf-ink=#14532d,leaf-ink-dark=#a3e0b3.",
    )
    releases_kept: int = Field(default=5, ge=1, description="How many releases stay on disk.")
    plain_tree_files: int = Field(
        default=1000,
        ge=0,
        description="A larger site has links to its folders, so that a change costs as little.",
    )
    processes: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)),
        ge=1,
        description="How many processes render; as many as there are processors unless set.",
    )
    poll_seconds: float = Field(
        default=0.1,
        gt=0,
        description="How often `watch` asks the CMS whether anything changed; another Wagtail, "
        "which a look costs far more, is asked less often unless this is set.",
    )
    allow_sample_content: bool = Field(
        default=False, description="Export pages marked as sample content; for demos."
    )
    dead_links: Literal["warn", "unlink", "fail"] = Field(
        default="warn",
        description="What becomes of a link to something that is not public. The link is taken out "
        "and its text kept, with a word in the report (warn) or without (unlink); or its page is "
        "refused (fail).",
    )
    comment_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Keys shared with the CMS, by comma; the first signs, all verify.",
    )
    page_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Keys that sign which page a form is for, by comma; the first signs, all "
        "verify. Keep them when other keys change.",
    )
    comment_network_per_minute: int = Field(
        default=5, ge=0, description="How many comments one network may send; 0 is no limit."
    )
    comment_site_per_minute: int = Field(
        default=600, ge=0, description="How many all readers together may send; 0 is no limit."
    )
    comment_text_characters: int = Field(
        default=LONGEST_COMMENT,
        ge=0,
        le=MOST_TEXT_CHARACTERS,
        description="How long a comment may be; 0 is as long as the CMS has room for.",
    )
    comment_name_characters: int = Field(
        default=LONGEST_NAME,
        ge=0,
        le=MOST_NAME_CHARACTERS,
        description="How long a reader's name may be; 0 is as long as the CMS has room for.",
    )
    reader_mail: bool = Field(
        default=True,
        description="The box by which readers ask for mail about their comment; off where the CMS "
        "sends none.",
    )
    reader_reports: bool = Field(
        default=True,
        description="Links by which readers report a comment or a page; off where no edge is.",
    )
    search: bool = Field(default=True, description="The search page, and the index that it asks.")
    report_text_characters: int = Field(
        default=LONGEST_REPORT,
        ge=0,
        le=MOST_TEXT_CHARACTERS,
        description="How long the text of a report may be; 0 is as long as the CMS has room for.",
    )
    comment_body_bytes: int = Field(
        default=512 * 1024, ge=0, description="The largest form that is taken; 0 is no limit."
    )
    comment_body_seconds: float = Field(
        default=30.0, ge=0, description="How long a form may take to arrive; 0 is no limit."
    )
    comment_fastest_seconds: float = Field(
        default=3.0,
        ge=0,
        description="A form that is filled faster is marked for the moderators; 0 marks none.",
    )
    comment_network_days: int = Field(
        default=14,
        ge=0,
        description="How long a network can be found from its hash; 0 is no hash at all.",
    )
    comment_replay_hours: int = Field(
        default=24, ge=0, description="How long a comment that was delivered stays known by its id."
    )
    spool_comments: int = Field(
        default=100_000, ge=0, description="How many comments may wait for the CMS; 0 is no limit."
    )
    spool_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=0,
        description="How many bytes of them may wait; 0 is no limit.",
    )
    metrics_listen: str = Field(
        default="", description="Where the edge shows its counts, such as 127.0.0.1:9100."
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Networks whose X-Forwarded-For is believed, by comma."
    )
    timeout_seconds: float = Field(default=30.0, gt=0, description="For one answer of the CMS.")

    @model_validator(mode="before")
    @classmethod
    def another_wagtail_is_asked_otherwise(cls, data: dict[str, Any]) -> dict[str, Any]:
        return data if data.get("source", "cms") == "cms" else OF_ANOTHER_WAGTAIL | data

    @field_validator("api_url")
    @classmethod
    def is_there_for_its_source(cls, value: str, info: ValidationInfo) -> str:
        is_asked = info.data.get("source") == "pages-api"
        if is_asked and not value:
            raise ValueError("must name Wagtail's API v2, such as https://…/api/v2/")
        if value and not is_asked:
            raise ValueError("is read with PLAINLEAF_SOURCE=pages-api only")
        return value

    @field_validator("comment_keys", "page_keys", "trusted_proxies", mode="before")
    @classmethod
    def split_by_comma(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("colours", mode="before")
    @classmethod
    def are_colours(cls, value: object) -> object:
        """By comma or line end; what a token means, and its contrast, only the theme knows."""
        if not isinstance(value, str):
            return value
        colours: dict[str, str] = {}
        for part in re.split(r"[,\n]", value):
            name, is_said, colour = (piece.strip() for piece in part.partition("="))
            name = name.removeprefix("--")
            if not part.strip():
                continue
            if not is_said:
                raise ValueError(
                    f"'{part.strip()}' must be a token and a colour, as in {_EXAMPLE_OF_A_COLOUR}"
                )
            if not _HEX_COLOUR.fullmatch(colour):
                raise ValueError(
                    f"'{name}' is '{colour}', which is no colour; write # and six hexadecimal "
                    f"digits, as in {_EXAMPLE_OF_A_COLOUR}"
                )
            colours[name] = colour.lower()
        return colours

    @field_validator("logo_dark")
    @classmethod
    def is_beside_a_logo(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and not info.data.get("logo"):
            raise ValueError("is shown in place of PLAINLEAF_LOGO, which is not set")
        return value

    @field_validator("page_keys")
    @classmethod
    def are_long(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value().encode()) < SHORTEST_KEY_BYTES for key in value):
            raise ValueError(f"each key must have at least {SHORTEST_KEY_BYTES} bytes")
        return value

    @field_validator("cms_url", "site_url", "admin_url", "api_url")
    @classmethod
    def is_an_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must start with http:// or https:// and name a host")
        if not value.isprintable() or " " in value:
            raise ValueError("must not have spaces or control characters")
        if parts.query or parts.fragment:
            raise ValueError("must end with its path, without '?' or '#'")
        _ = parts.port  # raises for one that is none
        return value.rstrip("/")

    @field_validator("metrics_listen")
    @classmethod
    def is_a_place(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isascii() and port.isdigit()):
            raise ValueError("must be an address and a port, such as 127.0.0.1:9100")
        return value

    @field_validator("theme_dir")
    @classmethod
    def is_a_theme(cls, value: Path | None) -> Path | None:
        if value and not any((value / part).is_dir() for part in THEME_PARTS):
            raise ValueError(
                f"'{value}' has none of the folders 'templates', 'static' and 'locale'"
            )
        return value

    @field_validator("feed_token")
    @classmethod
    def fits_a_header(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("must be ASCII without spaces or line ends, to fit in a header")
        return value

    @property
    def page_key(self) -> str:
        """The key that signs which page a form is for; empty where none is set."""
        return self.page_keys[0].get_secret_value() if self.page_keys else ""


class SiteOnDisk(Settings):
    """For a command that asks no source: of a CMS it says what it knows, which may be nothing."""

    api_url: str = ""
    cms_url: str = ""
    feed_token: SecretStr = SecretStr("")


class FilesOnDisk(SiteOnDisk):
    """For a command that does not ask where readers find the site either."""

    site_url: str = ""


def read_settings(kind: type[Settings] = Settings, /, **overrides: object) -> Settings:
    """The settings of this process. ``overrides`` are what the command line said, ``kind`` says
    which must be there.

    Raises ``SettingsError`` naming every variable that is missing or wrong.
    """
    said = _said_in(os.environ)
    said |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return kind(**_of_the_demo(said) | said)
    except ValidationError as error:
        raise SettingsError(
            " ".join(_sentence(dict(problem)) for problem in error.errors())
            + " Set it in the environment; .env.example lists them all."
        ) from error


def _said_in(environment: Mapping[str, str | None]) -> dict[str, Any]:
    """The settings that it names, as text; an empty one is as if it were not there."""
    variables = {f"{ENVIRONMENT_PREFIX}{name.upper()}": name for name in Settings.model_fields}
    return {
        name: value for variable, name in variables.items() if (value := environment.get(variable))
    }


def _of_the_demo(said: Mapping[str, object]) -> dict[str, Any]:
    """Its settings go with its CMS: beside another, its folders, its keys and its leave to export
    sample content would be taken unasked."""
    if not DEMO_ENVIRONMENT.is_file():
        return {}
    from dotenv import dotenv_values  # no exporter but the demo's needs it

    demo = _said_in(dotenv_values(DEMO_ENVIRONMENT))
    is_of_another = said.get("cms_url", demo.get("cms_url")) != demo.get("cms_url")
    return {} if is_of_another or said.get("source", "cms") != "cms" else demo


def _sentence(problem: dict[str, Any]) -> str:
    """Pydantic's problem with one variable, named as the environment does, without its value."""
    variable = f"{ENVIRONMENT_PREFIX}{str(problem['loc'][0]).upper()}"
    if problem["type"] == "missing":
        return f"{variable} is missing."
    return f"{variable}: {problem['msg'].removeprefix('Value error, ')}."
