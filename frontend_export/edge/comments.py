"""``POST /comments``: a reader's comment is on disk, or the reader is told why not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from frontend_export.content import Content, Page, Rendered
from frontend_export.edge import refusal, submission
from frontend_export.edge.door import Door, Post, Refused
from frontend_export.edge.receipt import receipt_of
from frontend_export.edge.start import is_too_fast, start_of
from frontend_export.edge.submission import Comment, Longest
from frontend_export.words import Sentence

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Comments:
    """Takes comments for one site. What is filled in within ``fastest_seconds`` is marked."""

    door: Door
    longest: Longest
    fastest_seconds: float
    offers_mail: bool

    async def post(self, request: Request) -> Response:
        started = time.perf_counter()
        answer = await self._answer(request)
        self.door.metrics.observe("plainleaf_comment_answer_seconds", time.perf_counter() - started)
        return answer

    async def _answer(self, request: Request) -> Response:
        post = self.door.begun(request)
        try:
            await self.door.read(request, post, submission.FIELDS)
            self.door.refuse_strangers(post)  # now that there is a text to give back
            if not self.offers_mail:
                post.fields.pop("notify", None)  # of a form from before
            id = await self._take(post)
        except Refused as refused:
            return await run_in_threadpool(self._refusal, post, refused)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        code = receipt_of(id)
        if post.wants_json:
            record = {"id": id, "receipt": code}
            return JSONResponse(record, status_code=202, headers=refusal.NO_STORE)
        return self._thanks_page(code)

    def thanks(self, request: Request) -> Response:
        """The page that thanks for a comment and shows its receipt, whoever asks for it."""
        content = self.door.content()
        if content is None:
            return self._thanks_page("")
        receipt = request.path_params["receipt"]
        rendered = self.door.renderer.comment_thanks(content, receipt=receipt)
        return refusal.html_response(200, rendered.body)

    async def start(self, request: Request) -> Response:
        """When a reader begins to write, signed, for the form's script to bring back."""
        record = {"start": start_of(self.door.clock(), self.door.spool.secret)}
        return JSONResponse(record, headers=refusal.NO_STORE)

    async def refuse_method(self, request: Request) -> Response:
        refused = Refused(
            405,
            Sentence(
                "Nothing is shown at this address. Comments are sent from the form on a page."
            ),
            headers={"Allow": "POST"},
        )
        return await run_in_threadpool(self._refusal, self.door.begun(request), refused)

    def _thanks_page(self, code: str) -> Response:
        return RedirectResponse(
            f"{self.door.base_path}/comments/thanks/{code}",
            status_code=303,
            headers=refusal.NO_STORE,
        )

    async def _take(self, post: Post) -> str:
        """The id of the comment, which is on disk when this returns. Raises ``Refused``."""
        signals = self.door.find_page(post, await self.door.published())
        now = self.door.clock()
        if (page := post.page) and not page.takes_comments_at(datetime.fromtimestamp(now, UTC)):
            raise Refused(403, _closed(page))
        if self._was_too_fast(post, now):
            signals = (*signals, "timing")
        checked = submission.check(post.fields, signals, longest=self.longest)
        if isinstance(checked, dict):
            raise Refused(422, next(iter(checked.values())), errors=checked)
        ids = self._ids(post, checked, now)
        return await self.door.keep(
            post,
            ids,
            kind="comment",
            page=f"{checked.page}/{checked.locale}",
            digest=checked.digest,
            body=checked.body(ids[0], received_at=now, network=post.network_hash),
            now=now,
        )

    def _was_too_fast(self, post: Post, now: float) -> bool:
        start, secret = post.fields.get("start", ""), self.door.spool.secret
        return is_too_fast(start, secret, now=now, fastest_seconds=self.fastest_seconds)

    def _ids(self, post: Post, comment: Comment, now: float) -> tuple[str, ...]:
        secret = self.door.spool.secret
        if (key := post.headers.get("idempotency-key")) is None:
            return comment.ids(secret=secret, network_at=self.door.network_at(post), now=now)
        if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Refused(
                400,
                Sentence(
                    "An Idempotency-Key has 1 to %(most)s printable characters.", most=LONGEST_KEY
                ),
            )
        return (submission.keyed_id(secret, ["idempotency-key", key]),)

    def _refusal(self, post: Post, refused: Refused) -> Response:
        if not post.is_of_ours or refused.status == HTTPStatus.FORBIDDEN:  # no form would help
            return self.door.refusal(post, refused)

        def form_again(content: Content) -> Rendered:
            return self.door.renderer.comment_refused(
                post.page.link if post.page else None,
                content,
                values=post.kept,
                errors=refused.errors or {"form": refused.sentence},
            )

        return self.door.refusal(post, refused, form_again)


def _closed(page: Page) -> Sentence:
    title = page.title
    if day := page.comments_close_on:
        closed_on = date.fromisoformat(day)
        return Sentence("Comments on “%(title)s” closed on %(day)s.", title=title, day=closed_on)
    return Sentence("Comments on “%(title)s” are closed.", title=title)
