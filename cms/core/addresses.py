"""Web addresses, taken apart. Pure, so that the settings can use it too."""

from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """``https://admin.example.org/cms`` becomes ``https://admin.example.org``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
