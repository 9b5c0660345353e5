"""How the edge is served: by uvicorn, believing the socket and logging no reader's address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from frontend_export.errors import OutputError


def serve(app: Starlette, *, host: str, port: int, metrics_listen: str = "") -> None:
    """Serve until a signal ends it, and ``app.state.metrics`` at ``metrics_listen`` meanwhile.

    Raises ``OutputError`` where a port cannot be had.
    """
    with ExitStack() as beside:
        listener = beside.enter_context(listen(host, port))
        if metrics_listen:
            beside.enter_context(served_beside(app.state.metrics, metrics_listen))
        server_of(app).run(sockets=[listener])


@contextmanager
def served_beside(app: ASGIApp, place: str) -> Iterator[None]:
    """Serve at ``"127.0.0.1:9100"`` in a thread. Raises ``OutputError`` as ``listen`` does."""
    host, _, port = place.rpartition(":")
    with listen(host.strip("[]"), int(port), setting="PLAINLEAF_METRICS_LISTEN") as listener:
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def listen(host: str, port: int, *, setting: str = "--port") -> socket.socket:
    """A socket that takes connections; port 0 is a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OutputError(
            # what stands in brackets says host and port again
            f"Port {port} of '{host}' cannot be used: {str(error.strerror).partition(' (')[0]}. "
            f"Stop what uses it, or choose another with {setting}."
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
