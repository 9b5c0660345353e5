"""The settings of a site become a configuration of nginx or Caddy that serves it.

The templates beside this module are read by people who know these servers: ``servers/nginx.conf``,
``servers/Caddyfile``. A test asks real servers with them and compares every answer.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from textwrap import indent
from typing import Literal, get_args
from urllib.parse import quote, unquote, urlsplit

from frontend_export.config import Settings
from frontend_export.errors import SettingsError
from frontend_export.headers import (
    HASHED_CACHE,
    HASHED_FOLDERS,
    PAGE_CACHE,
    SEARCH_PATH,
    content_security_policy,
    security_headers,
)

TEMPLATES = Path(__file__).parent / "servers"
LARGEST_COMMENT_BYTES = 2 * 1024 * 1024  # what the edge reads, to say itself that it is too much
RECEIPT = "[0-9A-Z]+-[0-9A-Z]+-[0-9A-Z]+"  # what the edge, which is asked, looks at again
# An empty header is not sent, but where a location names one nginx adds none of the server's.
OWN_HEADERS = """\
# The edge says the headers of its answers itself.
add_header Cache-Control "";"""
EDGE_PATHS = [
    "preview",
    "comments",
    "comments/start",
    f"comments/thanks/{RECEIPT}",
    "comments/report",
    f"comments/report/thanks/{RECEIPT}",
    "comments/mail/(confirm|unsubscribe)/[0-9A-Za-z_:=.-]+",
    "comments/mail/(confirmed|unsubscribed)",
]

Server = Literal["caddy", "nginx"]
SERVERS = get_args(Server)


def server_config(
    server: Server, settings: Settings, *, listen: str = "", edge: str = "127.0.0.1:8080"
) -> str:
    """The configuration as text.

    ``listen`` is an address and port, or a port, for plain HTTP behind something that ends TLS;
    without it the server listens where ``site_url`` says. ``edge`` is where comments and previews
    go; empty where there is no edge. Raises ``SettingsError`` for what no configuration can hold.
    """
    site = urlsplit(settings.site_url)
    root = settings.output_dir.resolve() / "current"
    path = unquote(site.path)
    for name, value in (("PLAINLEAF_OUTPUT_DIR", str(root)), ("PLAINLEAF_SITE_URL", path)):
        if bad := re.search(r'["\\${}*?\[\]\x00-\x1f]', value):
            raise SettingsError(
                f"{name} has the character {bad[0]!r} in '{value}', which a web server would not "
                "take literally. Choose another path."
            )
    for name, value, example in (("--listen", listen, "8081"), ("--edge", edge, "8080")):
        if "://" in value or re.search(r'[\s"\'`;{}$#\\]', value):
            raise SettingsError(
                f"{name} '{value}' is no address and port. Give it as '127.0.0.1:{example}'."
            )
    values = {
        "site_url": settings.site_url,
        "host": site.hostname or "",
        "path": path,
        "path_pattern": re.escape(path),
        "root": str(root),
        "hashed_cache": HASHED_CACHE,
        "page_cache": PAGE_CACHE,
        "hashed_folders": "|".join(HASHED_FOLDERS),
        "hashed_paths": " ".join(f"/{folder}/*" for folder in HASHED_FOLDERS),
        "search_path": SEARCH_PATH,
        "search_policy": content_security_policy(SEARCH_PATH),
        "page_policy": content_security_policy(),
    }
    secured = security_headers(settings.site_url, settings.hsts)
    name = "nginx.conf" if server == "nginx" else "Caddyfile"
    template = (TEMPLATES / name).read_text(encoding="utf-8")
    if server == "nginx":
        secured["Content-Security-Policy"] = "$plainleaf_policy"
        values["security_headers"] = "\n".join(
            f'add_header {name} "{value}" always;' for name, value in secured.items()
        )
        parts = _nginx_parts
    else:
        values["security_headers"] = "\n".join(
            f'{name} "{value}"' for name, value in secured.items()
        )
        parts = _caddy_parts
    values |= parts(
        settings.site_url,
        listen=listen,
        edge=edge,
        path=path,
        security_headers=values["security_headers"],
    )
    return _filled(template, values)


def _nginx_parts(
    site_url: str, *, listen: str, edge: str, path: str, security_headers: str
) -> dict[str, str]:
    site = urlsplit(site_url)
    port = site.port or {"http": 80, "https": 443}[site.scheme]
    plain_http = ""
    if listen or site.scheme == "http":
        listens = f"listen {listen or port};"
    else:
        plain_http = (
            "\n"
            "# Whoever comes without TLS is led to the same place with it.\n"
            "server {\n"
            "    listen 80;\n"
            "    listen [::]:80;\n"
            f"    server_name {site.hostname};\n"
            "    access_log off;\n"
            "    error_log stderr crit;\n"
            "    server_tokens off;\n"
            f'    return 301 "https://{site.netloc}$request_uri";\n'
            "}"
        )
        certificates = f"/etc/letsencrypt/live/{site.hostname}"
        listens = (
            f"listen {port} ssl http2;\n"
            f"listen [::]:{port} ssl http2;\n"
            f"ssl_certificate {certificates}/fullchain.pem;\n"
            f"ssl_certificate_key {certificates}/privkey.pem;"
        )
    forwarded = (
        f"proxy_pass http://{edge};\n"
        "proxy_set_header Host $http_host;\n"
        "proxy_set_header X-Forwarded-For $remote_addr;\n"
        "proxy_set_header X-Forwarded-Proto $scheme;"
    )
    draft = (
        "location @plainleaf_draft {\n"
        f"{indent(forwarded, '    ')}\n"
        f"{indent(OWN_HEADERS, '    ')}\n"
        "    proxy_intercept_errors on;\n"
        "}"
    )
    return {
        "listen": listens,
        "drafts": (
            "# A draft's files that no release has yet; the edge knows them.\n"
            "error_page 403 404 = @plainleaf_draft;\n"
            "error_page 416 @plainleaf_no_such_part;\n"
            "recursive_error_pages on;"
            if edge
            else ""
        ),
        "around": (
            f'location = "{path}" {{\n'
            f'    add_header Cache-Control "{PAGE_CACHE}" always;\n'
            f"{indent(security_headers, '    ')}\n"
            f'    return 301 "{quote(path)}/";\n'
            "}\n"
            "location / { return 404; }"
            if path
            else ""
        ),
        "edge": (
            f'location ~ "{_edge_pattern(path)}" {{\n'
            f"    client_max_body_size {LARGEST_COMMENT_BYTES};\n"
            f"{indent(forwarded, '    ')}\n"
            f"{indent(OWN_HEADERS, '    ')}\n"
            "}\n"
            f"{draft}"
        )
        if edge
        else "",
        "plain_http": plain_http,
    }


def _edge_pattern(path: str) -> str:
    """What the edge answers, below ``path``."""
    return f"^{re.escape(path)}/({'|'.join(EDGE_PATHS)})$"


def _caddy_parts(
    site_url: str, *, listen: str, edge: str, path: str, security_headers: str
) -> dict[str, str]:
    site = urlsplit(site_url)
    host, _, port = listen.rpartition(":")
    comments = (
        f'@edge path_regexp "{_edge_pattern(path)}"\nhandle @edge {{\n\treverse_proxy {edge}\n}}'
    )
    drafts = (
        "# A draft's files that no release has yet; the edge knows them.\n"
        "@draft {\n"
        f"\tpath {' '.join(f'/{folder}/*' for folder in HASHED_FOLDERS)}\n"
        "\tnot file\n"
        "}\n"
        "handle @draft {\n"
        "\trewrite * {http.request.orig_uri}\n"
        f"\treverse_proxy {edge} {{\n"
        "\t\t@unknown status 404\n"
        "\t\thandle_response @unknown {\n"
        "\t\t\terror 404\n"
        "\t\t}\n"
        "\t}\n"
        "}"
    )
    return {
        "address": f"http://{site.hostname}:{port}" if listen else f"{site.scheme}://{site.netloc}",
        "bind": f"bind {host}" if host else "",
        "matcher": f'"{path}/*" ' if path else "",
        "strip": f'uri strip_prefix "{quote(path)}"' if path else "",
        "around": (
            f'@root path "{path}"\n'
            "header @root {\n"
            f'\tCache-Control "{PAGE_CACHE}"\n'
            f"{indent(security_headers, chr(9))}\n"
            "}\n"
            f'redir @root "{quote(path)}/" 301\n'
            f'@elsewhere not path "{path}/*"\n'
            "error @elsewhere 404"
            if path
            else ""
        ),
        "edge": comments if edge else "",
        "drafts": drafts if edge else "",
    }


class _Snippet(Template):
    delimiter = "%"


def _filled(template: str, values: dict[str, str]) -> str:
    """Each ``%{name}``; one with many lines keeps the margin of its own, one with none leaves."""
    lines = []
    for line in template.splitlines():
        name = re.fullmatch(r"(\s*)%\{(\w+)\}", line)
        if not name:
            lines.append(_Snippet(line).substitute(values))
        elif text := values[name[2]]:
            lines.append(indent(text, name[1]))
    return "\n".join([*lines, ""])
