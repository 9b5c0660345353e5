"""The redirects of a site as the files that hosts and web servers read.

Each gets the same rules, whose ends are percent-encoded once and begin with the site's base path.
Pure: rules in, text out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote

import orjson

from frontend_export.content import RedirectRule

Rules = Sequence[RedirectRule]

NGINX_LONGEST = 4000  # bytes of a word: it reads its configuration through a buffer of 4,096


def netlify(rules: Rules) -> str:
    """``/old/ /new/ 301``, one rule a line, as Netlify, Cloudflare and GitLab Pages read it.

    Cloudflare compares to the letter, and what readers have are the addresses of pages. To all
    of them ``*`` stands for anything and ``:name`` for a folder, live pages included: such a
    path is left to its HTML page, by a rule that matches nothing else.
    """
    paths = ((_as_linked(rule.path), rule) for rule in rules)
    return "".join(
        f"{path.replace('*', '%2A').replace(':', '%3A')} {rule.location} {rule.status}\n"
        for path, rule in paths
    )


def json_map(rules: Rules) -> str:
    """``{"/old": {"location": "/new/", "status": 301}}``, for a host with rules of its own."""
    found = {rule.path: {"location": rule.location, "status": rule.status} for rule in rules}
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def nginx(rules: Rules) -> str:
    r"""``"/old" "301 /new/ /old";`` for a ``map`` from ``$uri``.

    nginx finds a path in a map whatever its case, so the value repeats the path, and the
    configuration compares; ``/About`` may lead to ``/about/``. Paths that differ in case alone are
    regular expressions, ``"~^/ABOUT$"``. A path with a ``$``, which cannot be written, or one that
    is too long is left to its HTML page.
    """
    asked = [(path, rule) for rule in rules for path in _as_asked(rule)]
    spellings = Counter(_lower_ascii(path) for path, _ in asked)
    lines = []
    for path, rule in asked:
        key = path if spellings[_lower_ascii(path)] == 1 else f"~^{re.escape(path)}$"
        value = f"{rule.status} {_plain(rule.location)} {path}"
        if "$" not in path and max(len(key.encode()), len(value.encode())) < NGINX_LONGEST:
            lines.append(f"{_quoted(key)} {_quoted(value)};\n")
    return "".join(lines)


def caddy(rules: Rules) -> str:
    """``"/old" "/new/" 301`` for a ``map`` from the path to two placeholders."""
    lines = (
        f"{_quoted(_caddy_key(path))} {_quoted(_plain(rule.location))} {rule.status}\n"
        for rule in rules
        for path in _as_asked(rule)
    )
    return "".join(["# Old paths, for Caddy, which takes no empty file.\n", *lines])


REDIRECT_FILES: Mapping[str, Callable[[Rules], str]] = {
    "_redirects": netlify,
    "_redirects.caddy": caddy,
    "_redirects.nginx": nginx,
    "redirects.json": json_map,
}


def _as_linked(path: str) -> str:
    """``/old`` was a page and had a slash behind it; ``/old.pdf`` had none."""
    return path if "." in path.rpartition("/")[2] else f"{path}/"


def _as_asked(rule: RedirectRule) -> Iterator[str]:
    """Both ways to ask for it, as a server compares them: decoded."""
    path = unquote(rule.path)
    yield path
    yield f"{path}/"


def _caddy_key(path: str) -> str:
    """Braces are placeholders to Caddy, in a regular expression they need not be written."""
    if "{" not in path and "}" not in path:
        return path
    return f"~^{re.escape(path)}$".replace(r"\{", r"\x7B").replace(r"\}", r"\x7D")


def _plain(location: str) -> str:
    """Without ``$``, which is a variable to a server."""
    return location.replace("$", "%24")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', r"\"") + '"'


def _lower_ascii(text: str) -> str:
    """As nginx compares: ``"É"`` is not ``"é"`` to it."""
    return text.encode().lower().decode()
