"""How the edge is served: by uvicorn, believing the socket and logging no reader's address."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp


def server_of(app: ASGIApp, *, host: str, port: int) -> uvicorn.Server:
    """A server that is ready to ``run()``; port 0 takes a free one.

    ``proxy_headers`` stays off: uvicorn would believe X-Forwarded-For from any process on this
    machine, and ``PLAINLEAF_TRUSTED_PROXIES`` says whom the edge believes.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
        )
    )
