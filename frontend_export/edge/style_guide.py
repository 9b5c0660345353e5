"""Serves the style guide of the theme, for whoever works on it on this machine."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from frontend_export.edge.refusal import NO_STORE
from frontend_export.errors import PlainleafError
from frontend_export.headers import SECURITY_HEADERS
from frontend_export.styleguide.guide import FOLDER, StyleGuide

HEADERS = {**SECURITY_HEADERS, **NO_STORE, "X-Robots-Tag": "noindex, nofollow"}


def style_guide_route(guide: StyleGuide, routed_path: str) -> Route:
    def show(request: Request) -> Response:
        """A page or a file of it, or in one sentence what is wrong with the theme."""
        try:
            answer = guide.answer(request.path_params["path"])
        except PlainleafError as error:
            return PlainTextResponse(str(error), HTTPStatus.UNPROCESSABLE_ENTITY, headers=HEADERS)
        return Response(answer.body, answer.status, headers=HEADERS, media_type=answer.mime)

    return Route(f"{routed_path}/{FOLDER}/{{path:path}}", show, methods=["GET"])
