"""``/comments/report``: a reader says what is wrong with a comment, or with a page.

GET shows the form, in the site's own template; POST has the report on disk, or says why not. No
script has a part in it, and nothing that readers see changes by a report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from frontend_export.content import Content, Rendered
from frontend_export.edge import refusal, report_fields
from frontend_export.edge.door import Door, Post, Refused
from frontend_export.edge.published import Published
from frontend_export.edge.receipt import receipt_of
from frontend_export.words import Sentence

HEADERS = {"X-Robots-Tag": "noindex"}
SHOWS_NOTHING = Sentence("Nothing can be shown here just now. Please try again later.")


@dataclass(frozen=True, slots=True)
class Reports:
    """Takes reports for one site."""

    door: Door

    def routes(self, site_path: str) -> list[BaseRoute]:
        path = f"{site_path}/comments/report"
        return [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.post, methods=["POST"]),
            Route(f"{path}/thanks/{{receipt:receipt}}", self.thanks, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form, for the page and the comment that the address names."""
        post = self.door.begun(request)
        post.fields = {
            name: value
            for name, value in request.query_params.items()
            if name in ("page", "locale", "token", "comment")
        }
        try:
            self._find(post, await self.door.published())
            content = self.door.content()
            if content is None:
                raise Refused(503, SHOWS_NOTHING)
        except Refused as refused:
            return await run_in_threadpool(self.door.refusal, post, refused)
        rendered = await run_in_threadpool(self._form(post, {}), content)
        return refusal.html_response(200, rendered.body, HEADERS)

    async def post(self, request: Request) -> Response:
        post = self.door.begun(request)
        try:
            await self.door.read(request, post, report_fields.FIELDS)
            self.door.refuse_strangers(post)  # now that there is a text to give back
            id = await self._take(post)
        except Refused as refused:
            return await run_in_threadpool(self._refusal, post, refused)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        code = receipt_of(id)
        if post.wants_json:
            record = {"id": id, "receipt": code}
            return JSONResponse(record, status_code=202, headers=refusal.NO_STORE)
        return RedirectResponse(
            f"{self.door.base_path}/comments/report/thanks/{code}",
            status_code=303,
            headers=refusal.NO_STORE,
        )

    def thanks(self, request: Request) -> Response:
        """The page that thanks for a report and shows its receipt, whoever asks for it."""
        content = self.door.content()
        if content is None:
            refused = Refused(503, SHOWS_NOTHING)
            return self.door.refusal(self.door.begun(request), refused)
        receipt = request.path_params["receipt"]
        rendered = self.door.renderer.report_thanks(content, receipt=receipt)
        return refusal.html_response(200, rendered.body, HEADERS)

    async def _take(self, post: Post) -> str:
        """The id of the report, which is on disk when this returns. Raises ``Refused``."""
        signals = self._find(post, await self.door.published())
        report = report_fields.check(post.fields, signals, longest_text=self.door.most_characters)
        if isinstance(report, dict):
            raise Refused(422, next(iter(report.values())), errors=report)
        now = self.door.clock()
        secret, network_at = self.door.spool.secret, self.door.network_at(post)
        ids = report.ids(secret=secret, network_at=network_at, now=now)
        return await self.door.keep(
            post,
            ids,
            kind="report",
            page=f"{report.page}/{report.locale}",
            digest=report.digest,
            body=report.body(ids[0], received_at=now, network=post.network_hash),
            now=now,
        )

    def _find(self, post: Post, published: Published) -> tuple[str, ...]:
        """Learn what is reported; answers what is odd about the request. Raises ``Refused``."""
        comment = post.fields.get("comment", "")
        if comment and not report_fields.COMMENT_NAME.fullmatch(comment):
            raise Refused(
                404,
                Sentence(
                    "This is no comment of this site. Go back to the page, and follow its link."
                ),
            )
        return self.door.find_page(post, published)

    def _refusal(self, post: Post, refused: Refused) -> Response:
        if not post.is_of_ours:
            return self.door.refusal(post, refused)
        errors = refused.errors or {"form": refused.sentence}
        return self.door.refusal(post, refused, self._form(post, errors))

    def _form(self, post: Post, errors: Mapping[str, str]) -> Callable[[Content], Rendered]:
        def rendered(content: Content) -> Rendered:
            return self.door.renderer.report_form(
                post.page.link if post.page else None,
                content,
                values=post.kept,
                errors=errors,
                reasons=report_fields.reasons_for(post.fields),
                most_characters=self.door.most_characters,
            )

        return rendered
