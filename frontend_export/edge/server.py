"""How the edge is served: by uvicorn, believing the socket and logging no reader's address."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp

from frontend_export.errors import OutputError


def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve until a signal ends it. Raises ``OutputError`` where the port cannot be had."""
    with listen(host, port) as listener:
        server_of(app).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; port 0 is a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OutputError(
            # what stands in brackets says host and port again
            f"Port {port} of '{host}' cannot be used: {str(error.strerror).partition(' (')[0]}. "
            "Stop what uses it, or choose another with --port."
        ) from error


def server_of(app: ASGIApp) -> uvicorn.Server:
    """A server for an open socket.

    ``proxy_headers`` stays off: uvicorn would believe X-Forwarded-For from any process on this
    machine, and ``PLAINLEAF_TRUSTED_PROXIES`` says whom the edge believes.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
        )
    )
