"""Reads our CMS over HTTP: the feed as checked records, the files it names as bytes."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests
import urllib3
from requests.adapters import HTTPAdapter

from frontend_export.config import Settings
from frontend_export.content import Finding
from frontend_export.errors import (
    DraftUnavailableError,
    DriftError,
    FileUnavailableError,
    SourceError,
)
from frontend_export.source import MAX_BYTES, Wanted
from frontend_export.source.feed import (
    Begin,
    End,
    ExportRequest,
    Fingerprint,
    Gone,
    Line,
    Position,
    Record,
    parse_instant,
    parse_manifest_line,
    parse_record,
)

FEED_DEADLINE_SECONDS = 900.0
MAX_RECORDS = 1_000_000
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_ANSWER_BYTES = 64 * 1024
MAX_MESSAGE_BYTES = 4 * 1024
READ_BYTES = 128 * 1024
RETRY = urllib3.Retry(
    total=4,
    connect=0,
    read=1,
    other=0,
    redirect=0,
    status=4,
    backoff_factor=0.25,
    status_forcelist=(429, 502, 503, 504),
    raise_on_status=False,
    respect_retry_after_header=True,
    retry_after_max=10,
)
IMAGE_SIGNATURES = {
    "image/avif": (4, b"ftypavi"),
    "image/gif": (0, b"GIF8"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/webp": (8, b"WEBP"),
}
SIGNATURE_BYTES = 16
MAX_BUNDLE_BYTES = 50 * MAX_BYTES["document"]
IN_BUNDLE = re.compile(r"/api/export/v1/((?:renditions|documents)/[0-9]{1,18})")


class Session(requests.Session):
    """One that is led nowhere: it would stumble over a redirect to ``http://[x`` before anybody
    looks at the status."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None is followed, wherever it leads."""


class Cms:
    """One CMS, one token, one origin: nothing is ever asked of another host.

    Every failure is a ``SourceError`` that names the URL, the cause and the remedy. Threads may
    share it.
    """

    findings: tuple[Finding, ...] = ()  # what it says is what was meant: nothing is guessed

    def __init__(self, url: str, token: str, *, timeout_seconds: float, site: str = "") -> None:
        """``site`` is one of the CMS's by its host; its default one unless given."""
        self._url = url
        self._site = {"site": site} if site else {}
        self._timeout_seconds = timeout_seconds
        self._session = Session()
        # Proxies and certificates of the environment, once and not for every file. What else it
        # holds is not asked: an entry in .netrc would replace the token.
        environment = self._session.merge_environment_settings(url, {}, None, None, None)
        self._session.proxies = environment["proxies"]
        self._session.verify = environment["verify"]
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"
        # No cookie is kept: they are all that requests of one session would share.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "plainleaf-frontend-export"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=RETRY))

    @classmethod
    def of(cls, settings: Settings) -> Cms:
        """The CMS that the settings name."""
        return cls(
            settings.cms_url,
            settings.feed_token.get_secret_value(),
            timeout_seconds=settings.timeout_seconds,
            site=settings.site,
        )

    def position(self) -> Position:
        """Cheap: asked about once a second by ``watch``."""
        url = f"{self._url}/api/export/v1/cursor"
        with self._get(url, query=self._site, deadline_seconds=self._timeout_seconds) as answer:
            answer.must_be("json")
            body = b"".join(answer.chunks(MAX_ANSWER_BYTES))
        try:
            data = orjson.loads(body)
            requests = tuple(
                ExportRequest(int(one["id"]), str(one["verb"]), str(one["release"] or ""))
                for one in data.get("requests", ())
            )
            return Position(str(data["cursor"]), parse_instant(data["next_change_at"]), requests)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(
                f"'{url}' did not answer with a cursor. Bring CMS and exporter to one release."
            ) from error

    def feed(self, cursor: str | None = None) -> Iterator[Line]:
        """The whole site, or what changed since ``cursor`` where the CMS can tell.

        ``Begin``, then each ``Record`` and ``Gone``, then ``End``, checked on the way.
        Nothing may be made of it before it has ended without an error: a cut, a count that
        disagrees or an id that comes twice is known only then.
        """
        url = f"{self._url}/api/export/v1/feed"
        query = self._site | ({"cursor": cursor} if cursor else {})
        with self._get(url, query=query, deadline_seconds=FEED_DEADLINE_SECONDS) as answer:
            answer.must_be("ndjson", "json")
            try:
                yield from _checked(answer.lines())
            except (SourceError, DriftError) as error:
                if url in str(error):
                    raise
                raise type(error)(f"Could not read the feed at '{url}'. {error}") from error

    def manifest(self) -> Iterator[tuple[str, str, int, str]]:
        """Kind, type, id and fingerprint of everything, as the feed has them."""
        url = f"{self._url}/api/export/v1/manifest"
        with self._get(url, query=self._site, deadline_seconds=FEED_DEADLINE_SECONDS) as answer:
            answer.must_be("ndjson")
            try:
                yield from _entries(answer.lines())
            except (SourceError, DriftError) as error:
                if url in str(error):
                    raise
                raise type(error)(f"Could not read the manifest at '{url}'. {error}") from error

    def report(self, run: Mapping[str, Any]) -> None:
        """Tell the CMS what an export did."""
        url = f"{self._url}/api/export/v1/runs"
        with self._get(
            url,
            query=self._site,
            deadline_seconds=self._timeout_seconds,
            body=run,
            is_done=204,
        ):
            pass

    def draft(self, token: str) -> list[Line]:
        """One draft with what it shows, in the feed's shape; ``begin`` says which page it is.

        Raises ``DraftUnavailableError`` where the token opens none, and puts it in no message.
        """
        url = f"{self._url}/api/export/v1/preview"
        with self._get(
            url,
            query={"token": token, **self._site},
            deadline_seconds=self._timeout_seconds,
            missing=DraftUnavailableError,
        ) as answer:
            answer.must_be("ndjson")
            return list(_checked(answer.lines()))

    def files(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Iterator[bytes]]]:
        """Each file with its bytes: those of the feed in one answer, any other by its address.

        Reading raises ``FileUnavailableError`` for that file alone, ``SourceError`` if the CMS is
        gone.
        """
        bundled = {name: one for one in wanted if (name := _name_in_bundle(one.url))}
        if len(bundled) > 1:
            yield from self._bundle(bundled)
        else:
            bundled = {}
        for one in wanted:
            if one not in bundled.values():
                yield one, self.file(one.url, max_bytes=MAX_BYTES[one.kind], mime=one.mime)

    def file(self, url: str, *, max_bytes: int, mime: str = "") -> Iterator[bytes]:
        """The bytes of a file that the feed names; ``mime`` of an image is checked against them."""
        try:
            address = urljoin(f"{self._url}/", url)
            is_ours = _origin(address) == _origin(self._url)
        except ValueError:  # "http://[x"
            address, is_ours = url, False
        if not is_ours:
            raise FileUnavailableError(
                f"'{address}' is not on the CMS '{self._url}', and files come from nowhere else."
            )
        with self._get(address, deadline_seconds=FEED_DEADLINE_SECONDS, is_file=True) as answer:
            yield from _fitting(answer.chunks(max_bytes), address, mime)

    def _bundle(self, wanted: Mapping[str, Wanted]) -> Iterator[tuple[Wanted, Iterator[bytes]]]:
        """The files in one tar stream, read member by member as it arrives."""
        url = f"{self._url}/api/export/v1/files"
        asked: dict[str, list[int]] = {"renditions": [], "documents": []}
        for name in wanted:
            folder, _, number = name.partition("/")
            asked[folder].append(int(number))
        missing = dict(wanted)
        with self._get(url, deadline_seconds=FEED_DEADLINE_SECONDS, body=asked) as answer:
            answer.must_be("tar")
            with _whole(url), tarfile.open(fileobj=_Stream(answer), mode="r|") as tar:
                for member in tar:
                    one = missing.pop(member.name.removesuffix(".error"), None)
                    body = tar.extractfile(member) if member.isreg() else None
                    if one is None or body is None:
                        raise SourceError(
                            f"'{url}' answered with '{member.name}', which was not asked for. "
                            "Bring CMS and exporter to one release."
                        )
                    address = urljoin(f"{self._url}/", one.url)
                    yield one, _member(member, body, address, one)
        if missing:
            raise SourceError(
                f"'{url}' was cut before its end: '{next(iter(missing))}' is not in it. Export "
                "again; if it happens again, see the log of the CMS."
            )

    @contextmanager
    def _get(
        self,
        url: str,
        *,
        deadline_seconds: float,
        query: Mapping[str, str] | None = None,
        is_file: bool = False,
        missing: type[SourceError] | None = None,
        body: Any = None,
        is_done: int = 200,
    ) -> Iterator[_Answer]:
        deadline = time.monotonic() + deadline_seconds
        with self._explained(url):
            response = self._session.request(
                "GET" if body is None else "POST",
                url,
                params=query,
                data=None if body is None else orjson.dumps(body, option=orjson.OPT_UTC_Z),
                headers={} if body is None else {"Content-Type": "application/json"},
                stream=True,
                allow_redirects=False,
                timeout=self._timeout_seconds,
            )
            with response:
                if missing and response.status_code == requests.codes.not_found:
                    raise missing(f"'{url}' has nothing under that name.")
                if response.status_code != is_done:
                    _refuse_status(response, url, is_file=is_file)
                    raise SourceError(
                        f"'{url}' answered {response.status_code} where {is_done} was due. Set "
                        "PLAINLEAF_CMS_URL to the CMS itself, with no login page in front of it."
                    )
                yield _Answer(response, url, deadline, deadline_seconds, is_file=is_file)

    @contextmanager
    def _explained(self, url: str) -> Iterator[None]:
        try:
            yield
        except (
            requests.Timeout,
            urllib3.exceptions.TimeoutError,
            TimeoutError,
        ) as error:
            raise self._silent(url) from error
        except requests.exceptions.SSLError as error:
            raise SourceError(
                f"The certificate of '{url}' was refused: {cause_of(error)}. Renew or correct it."
            ) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if _is_timeout(error):
                raise self._silent(url) from error
            raise SourceError(
                f"Could not read '{url}' from the CMS: {cause_of(error)}. "
                "Start the CMS, or set PLAINLEAF_CMS_URL to where it runs."
            ) from error

    def _silent(self, url: str) -> SourceError:
        return SourceError(
            f"The CMS did not answer '{url}' within {self._timeout_seconds:g} seconds. "
            "See whether it is busy, or raise PLAINLEAF_TIMEOUT_SECONDS."
        )


class _Answer:
    """A body as it arrives, bounded in bytes and time."""

    def __init__(
        self,
        response: requests.Response,
        url: str,
        deadline: float,
        deadline_seconds: float,
        *,
        is_file: bool,
    ) -> None:
        self._response = response
        self._url = url
        self._deadline = deadline
        self._deadline_seconds = deadline_seconds
        self._error = FileUnavailableError if is_file else SourceError

    def must_be(self, *subtypes: str) -> None:
        mime = self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not mime.endswith(subtypes):
            raise SourceError(
                f"'{self._url}' answered {mime or 'something without a type'}, not JSON. "
                "Set PLAINLEAF_CMS_URL to the CMS itself, with no login page in front of it."
            )

    def chunks(self, max_bytes: int) -> Iterator[bytes]:
        size = 0
        for chunk in self._read():
            size += len(chunk)
            if size > max_bytes:
                raise self._error(
                    f"'{self._url}' is larger than {max_bytes:,} bytes. Make the file smaller."
                )
            yield chunk

    def lines(self) -> Iterator[bytes]:
        rest = b""
        for chunk in self._read():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > MAX_LINE_BYTES:
                raise SourceError(
                    f"A record of the feed at '{self._url}' is longer than {MAX_LINE_BYTES:,} "
                    "bytes. Find the page that is this large and split it."
                )
        if rest:
            yield rest

    def _read(self) -> Iterator[bytes]:
        while chunk := self._next_chunk():
            if time.monotonic() > self._deadline:
                raise SourceError(
                    f"The CMS is still sending '{self._url}' after {self._deadline_seconds:g} "
                    "seconds. See why it is so slow."
                )
            yield chunk

    def _next_chunk(self) -> bytes:
        try:
            # what has arrived; read() would wait for a full buffer past any deadline
            return self._response.raw.read1(READ_BYTES, decode_content=True)
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError) as error:
            raise SourceError(
                f"'{self._url}' was cut before its end: {cause_of(error)}. "
                "Export again; if it happens again, see the log of the CMS."
            ) from error


def _fitting(chunks: Iterator[bytes], address: str, mime: str) -> Iterator[bytes]:
    """The same bytes, unless there are none or an image turns out to be none."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= SIGNATURE_BYTES:
            break
    if not head:
        raise FileUnavailableError(f"'{address}' is empty. Upload the file again.")
    if mime and not _looks_like(head, mime):
        raise FileUnavailableError(
            f"'{address}' is not the {mime} that the CMS said. Upload the image again."
        )
    yield head
    yield from chunks


def _member(
    member: tarfile.TarInfo, body: IO[bytes], address: str, wanted: Wanted
) -> Iterator[bytes]:
    if member.name.endswith(".error"):
        with _whole(address):
            message = body.read(MAX_MESSAGE_BYTES).decode(errors="replace")
        raise FileUnavailableError(f"'{address}' could not be had: {message}")
    if member.size > MAX_BYTES[wanted.kind]:
        raise FileUnavailableError(
            f"'{address}' is larger than {MAX_BYTES[wanted.kind]:,} bytes. Make the file smaller."
        )
    with _whole(address):
        yield from _fitting(iter(lambda: body.read(READ_BYTES), b""), address, wanted.mime)


class _Stream(io.RawIOBase):
    """A body as a file that is read from its start to its end."""

    def __init__(self, answer: _Answer) -> None:
        self._chunks = answer.chunks(MAX_BUNDLE_BYTES)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size
        while wanted > 0:
            self._rest = self._rest or next(self._chunks, b"")
            if not self._rest:
                break
            parts.append(self._rest[:wanted])
            self._rest = self._rest[wanted:]
            wanted -= len(parts[-1])
        return b"".join(parts)


@contextmanager
def _whole(url: str) -> Iterator[None]:
    """A tar that ends too early or is none is a fault of the CMS, not of one file."""
    try:
        yield
    except tarfile.TarError as error:
        raise SourceError(
            f"'{url}' was cut before its end or is no tar: {error}. Export again; if it happens "
            "again, see the log of the CMS."
        ) from error


def _name_in_bundle(url: str) -> str | None:
    """``"renditions/31"`` of ``"/api/export/v1/renditions/31"``."""
    match = IN_BUNDLE.fullmatch(url)
    return match[1] if match else None


def _checked(lines: Iterator[bytes]) -> Iterator[Line]:
    """A feed line by line. Raises ``SourceError`` where it is cut or contradicts itself."""
    return _framed(lines, parse_record)


def _entries(lines: Iterator[bytes]) -> Iterator[tuple[str, str, int, str]]:
    for _raw, line in _framed(lines, parse_manifest_line):
        if isinstance(line, Fingerprint):
            yield line.kind, line.type, line.id, line.fingerprint


def _framed(
    lines: Iterator[bytes], parse: Callable[[bytes], Begin | Record | Fingerprint | Gone | End]
) -> Iterator[Line]:
    seen: set[tuple[str, str, int]] = set()
    counts: Counter[str] = Counter()
    begin: Begin | None = None
    end: End | None = None
    for number, raw in enumerate(line for line in lines if line.strip()):
        if end:
            raise SourceError("Something follows the 'end' record.")
        if number > MAX_RECORDS + 1:  # the first is 'begin', the last 'end'
            raise SourceError(
                f"It has more than {MAX_RECORDS:,} records, the most that an export takes. See in "
                "the log of the CMS why it does not end; a site that is this large is to be parted."
            )
        value = parse(raw)
        if isinstance(value, Begin) != (number == 0):
            raise SourceError("It does not start with one 'begin' record.")
        match value:
            case Begin():
                begin = value
            case Record() | Fingerprint():
                key = (value.kind, value.type, value.id)  # snippets are numbered per type
                if key in seen:
                    raise SourceError(f"{value.kind} {value.id} comes twice.")
                seen.add(key)
                counts[value.kind] += 1
            case Gone():
                counts["gone"] += 1
            case End():
                end = value
        yield Line(raw, value)
    if end is None:
        raise SourceError(
            f"It was cut before its end, after {sum(counts.values())} records. "
            "Export again; if it happens again, see the log of the CMS."
        )
    if begin and begin.cursor != end.cursor:
        raise DriftError(
            f"The CMS changed meanwhile, from cursor '{begin.cursor}' to '{end.cursor}'. "
            "Export again; if it happens again, see whether its database isolates transactions."
        )
    if counts["site"] > 1 or (begin and begin.full and not counts["site"]):
        raise SourceError(
            f"It has {counts['site']} 'site' records instead of one. "
            "Set up the default site in the Wagtail admin, under Settings, Sites."
        )
    for kind in sorted({*counts, *end.counts}):
        if counts[kind] != end.counts.get(kind, 0):
            raise SourceError(
                f"It says {end.counts.get(kind, 0)} {kind} records and has {counts[kind]}. "
                "Export again; if it happens again, see the log of the CMS."
            )


def _refuse_status(response: requests.Response, url: str, *, is_file: bool) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    if status in {401, 403}:
        raise SourceError(
            f"The CMS refused the token at '{url}' ({status}). "
            "Set PLAINLEAF_FEED_TOKEN to the token that the CMS has."
        )
    answered = f"'{url}' answered {status} {response.reason or ''}".rstrip()
    if not is_file and (said := _message_of(response)):
        raise SourceError(f"{answered}: {said}")
    if is_file:
        raise FileUnavailableError(f"{answered}. Upload the file again, or take it out.")
    if 300 <= status < 400:
        raise SourceError(
            f"{answered} to '{response.headers.get('Location', '')}', and redirects are not "
            "followed. Set PLAINLEAF_CMS_URL to the final address of the CMS."
        )
    if status == requests.codes.not_found:
        raise SourceError(f"{answered}. Set PLAINLEAF_CMS_URL to the address of a Plainleaf CMS.")
    raise SourceError(f"{answered}. See the log of the CMS, then export again.")


def _message_of(response: requests.Response) -> str:
    """What our CMS says of its refusal: a sentence with the remedy. Others say nothing here."""
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        return ""
    try:
        message = orjson.loads(response.raw.read(MAX_MESSAGE_BYTES, decode_content=True))["message"]
    except (ValueError, KeyError, TypeError):
        return ""
    return message if isinstance(message, str) and message.isprintable() else ""


def _looks_like(head: bytes, mime: str) -> bool:
    offset, signature = IMAGE_SIGNATURES[mime]
    return head[offset : offset + len(signature)] == signature


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _is_timeout(error: BaseException) -> bool:
    """Whether what was tried again in vain, the last time, was silence."""
    inner = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", None), urllib3.exceptions.ReadTimeoutError)


def cause_of(error: BaseException) -> str:
    """The innermost reason, such as "Connection refused"; wrappers repeat addresses."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in error.args[::-1] if isinstance(arg, BaseException)), None)
        if inner is None:
            break
        error = inner
    return str(error) or type(error).__name__
