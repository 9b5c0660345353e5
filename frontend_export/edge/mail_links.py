"""Where the links of our mails lead: GET shows one button, POST does what it says, once.

The CMS, which wrote the mail and alone knows what its token means, is not public; so the edge
keeps the act for it as it keeps a comment. Whoever has the token was sent it: nothing else is
asked, since a mail program that unsubscribes by one click (RFC 8058) names no origin. No log holds
a token.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from frontend_export.edge import refusal
from frontend_export.edge.door import Door, Refused
from frontend_export.edge.submission import keyed_id
from frontend_export.words import Sentence

DONE = {"confirm": "confirmed", "unsubscribe": "unsubscribed"}
ONE_CLICK = ("List-Unsubscribe", "One-Click")
STOPPED = "If this link is still good, you will get no more mail about this comment.\n"
HEADERS = {**refusal.NO_STORE, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class ActConvertor(Convertor[str]):
    regex = "|".join(DONE)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class DoneConvertor(ActConvertor):
    regex = "|".join(DONE.values())


class TokenConvertor(ActConvertor):
    """Whatever looks like no token is not found."""

    regex = "[A-Za-z0-9_:=.-]{20,400}"


register_url_convertor("mail_act", ActConvertor())
register_url_convertor("mail_done", DoneConvertor())
register_url_convertor("mail_token", TokenConvertor())


@dataclass(frozen=True, slots=True)
class MailLinks:
    """Takes what readers do by the links of a mail, for one site."""

    door: Door

    def routes(self, site_path: str) -> list[BaseRoute]:
        path = f"{site_path}/comments/mail"
        link = f"{path}/{{act:mail_act}}/{{token:mail_token}}"
        return [
            Route(link, self.show, methods=["GET"]),
            Route(link, self.act, methods=["POST"]),
            Route(f"{path}/{{done:mail_done}}", self.done, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """The page with the button. Mail programs open every link, so nothing happens yet."""
        act = request.path_params["act"]
        return self._page(request, "comments/mail_link.html", act)

    async def act(self, request: Request) -> Response:
        post = self.door.begun(request)
        act, token = request.path_params["act"], request.path_params["token"]
        kind = f"mail_{act}"
        id = keyed_id(self.door.spool.secret, [kind, token])
        try:
            if "content-type" in post.headers:
                await self.door.read(request, post, ONE_CLICK[:1])
            now = self.door.clock()
            line = {
                "kind": kind,
                "id": id,
                "token": token,
                "received_at": datetime.fromtimestamp(now, UTC).isoformat(),
            }
            await self.door.keep(
                post,
                [id],
                kind=kind,
                page=f"mail/{id}",
                digest=hashlib.sha256(id.encode()).hexdigest(),
                body=json.dumps(line).encode(),
                now=now,
            )
        except Refused as refused:
            return _closed(await run_in_threadpool(self.door.refusal, post, refused))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        if act == "unsubscribe" and post.fields.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            return _closed(PlainTextResponse(STOPPED))
        done = f"{self.door.base_path}/comments/mail/{DONE[act]}"
        return _closed(RedirectResponse(done, status_code=303))

    def done(self, request: Request) -> Response:
        """What happens next. It is the same for all, and says no token."""
        return self._page(request, "comments/mail_done.html", request.path_params["done"])

    def _page(self, request: Request, template: str, what: str) -> Response:
        content = self.door.content()
        if content is None:
            refused = Refused(
                503,
                Sentence("This page cannot be shown just now. Please try again in a few minutes."),
            )
            return _closed(self.door.refusal(self.door.begun(request), refused))
        rendered = self.door.renderer.mail_page(content, template, what)
        return _closed(refusal.html_response(200, rendered.body))


def _closed(response: Response) -> Response:
    """Its address holds a token, which must not travel on or be found."""
    response.headers.update(HEADERS)
    return response
