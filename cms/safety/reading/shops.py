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
    lists = _lists()
    if not host or any(_is_host(host, path, listed) for listed in lists["informs"]):
        return False
    pieces = _PIECES.split(host)
    return (
        any(_is_host(host, path, listed) for listed in lists["hosts"])
        or pieces[-1] in lists["endings"]
        or any(_names_a_shop(name.replace("-", "")) for name in host.split("."))
        or not lists["words"].isdisjoint(pieces)
        or any(_is_of_a_shop(step) for step in path.split("/"))
    )


@lru_cache(4096)
def is_chat(url: str) -> bool:
    """Whether somebody is reached there whom nobody can name: ``"https://t.me/someone"``."""
    host, path = _taken_apart(url)
    return any(_is_host(host, path, listed) for listed in _lists()["chats"])


def _names_a_shop(name: str) -> bool:
    """``"buytablets"``, ``"tablet-shop"`` and ``"online-pharmacy"`` do, ``"workshop"`` does not."""
    lists = _lists()
    if any(word in name for word in lists["within"]):
        return True
    starts = name.startswith("buy") and not name.startswith(("buyer", "buying"))
    ends = name.endswith("shop") and not name.endswith(("workshop", "bishop"))
    return starts or ends


def _is_of_a_shop(step: str) -> bool:
    """``"cart"``, ``"checkout.html"`` and ``"buy-tablets"`` are."""
    lists = _lists()
    return step.partition(".")[0] in lists["steps"] or step.startswith(tuple(lists["starts"]))


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
