"""Whether an address is one of a shop or of a chat. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

_LIST = Path(__file__).parent / "shops.toml"
_PIECES = re.compile(r"[.-]")


@lru_cache(4096)
def sells(url: str) -> bool:
    """``"https://www.amazon.co.uk/dp/1"`` does, ``"https://www.nhs.uk/medicines/"`` does not."""
    host, path = _taken_apart(url)
    if not host:
        return False
    lists = _lists()
    pieces = _PIECES.split(host)
    return (
        any(_is_host(host, path, listed) for listed in lists["hosts"])
        or pieces[-1] in lists["endings"]
        or not lists["words"].isdisjoint(pieces)
        or not lists["steps"].isdisjoint(path.split("/"))
    )


@lru_cache(4096)
def is_chat(url: str) -> bool:
    """Whether somebody is reached there whom nobody can name: ``"https://t.me/someone"``."""
    host, path = _taken_apart(url)
    return any(_is_host(host, path, listed) for listed in _lists()["chats"])


def _taken_apart(url: str) -> tuple[str, str]:
    url = url.strip()
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return (parts.hostname or "").rstrip("."), parts.path.casefold()
    except ValueError:  # such as "https://["
        return "", ""


def _is_host(host: str, path: str, listed: str) -> bool:
    name, _, start = listed.partition("/")
    if start and not path.startswith(f"/{start}"):
        return False
    dotted = f".{host}."
    return f".{name}" in dotted if name.endswith(".") else dotted.endswith(f".{name}.")


@cache
def _lists() -> dict[str, frozenset[str]]:
    tables = tomllib.loads(_LIST.read_text("utf-8"))
    return {name: frozenset(entries) for name, entries in tables.items()}
