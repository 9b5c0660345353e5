"""Where a link leads: a page of this site or an address on the web, never both, never neither."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from wagtail.blocks import StructBlockValidationError


def require_one_target(value: Mapping[str, Any]) -> None:
    """Refuse a block whose ``page`` and ``url`` are both filled in or both empty."""
    page, url = value.get("page"), value.get("url")
    if page and url:
        raise StructBlockValidationError(
            block_errors={
                "url": ValidationError(
                    "This leads to a page and to an address. Remove one of them."
                )
            }
        )
    if not page and not url:
        raise StructBlockValidationError(
            block_errors={
                "page": ValidationError("This leads nowhere. Choose a page or give an address.")
            }
        )


def require_https(url: str) -> None:
    """A validator: ``https://`` and a host, nothing else."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc:
        raise ValidationError("The address must start with https:// and name a website.")
