"""Every answer of the edge is sent with the site's security headers."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SecurityHeaders:
    """Adds those ``headers`` that an answer does not bring itself, as a preview does."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [  # as they are sent
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(event: Message) -> None:
            if event["type"] == "http.response.start":
                sent = list(event.get("headers", ()))
                named = {name.lower() for name, _ in sent}
                sent += [header for header in self._headers if header[0] not in named]
                event = {**event, "headers": sent}
            await send(event)

        await self._app(scope, receive, send_secured)
