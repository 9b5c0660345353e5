"""The feed goes into the state, which works out what follows from it."""

from __future__ import annotations

from datetime import date

import orjson

from frontend_export.config import Settings
from frontend_export.content import Page, Site, Value
from frontend_export.plan.entries import entry_of
from frontend_export.source import Source
from frontend_export.source.feed import Begin, Gone, Record, parse_record
from frontend_export.state import State

EDGE_FIELDS = ("summary", "comments_mode", "comments_close_on", "withdrawn_on")


def take_in(
    source: Source,
    state: State,
    settings: Settings,
    *,
    afresh: bool = False,
    compare: bool = False,
) -> Begin:
    """Read what changed to its end, all of it or nothing. Raises ``SourceError``.

    ``compare`` looks for changes that the CMS does not know of, as bulk updates make them;
    ``afresh`` believes nothing of what was known.
    """
    begin = _read_feed(source, state, settings, afresh=afresh, cursor=state.cursor)
    if compare and not begin.full and state.differs_from(source.manifest()):
        begin = _read_feed(source, state, settings, afresh=False, cursor=None)
    return begin


def _read_feed(
    source: Source, state: State, settings: Settings, *, afresh: bool, cursor: str | None
) -> Begin:
    judged_by = str(settings.allow_sample_content)
    if state.meta("judged_by") != judged_by:
        afresh = True
    with state.transaction():
        if afresh:
            state.forget()
        lines = source.feed(None if afresh else cursor)
        begin = next(lines).value
        if not isinstance(begin, Begin):
            raise TypeError(f"{begin!r} is the first line of a feed that was checked")
        incoming = state.incoming(is_whole=begin.full)
        for raw, line in lines:
            match line:
                case Record(value=value, fingerprint=fingerprint, position=position):
                    entry = entry_of(value, fingerprint=fingerprint, position=position)
                    incoming.add(value, entry, brief=_brief_of(value, line), raw=raw)
                    if isinstance(value, Site):
                        state.remember(root=str(value.root_page_id))
                case Gone(kind=kind, id=number, type=type_name):
                    incoming.remove(kind, type_name, number)
        incoming.finish(
            root_id=int(state.meta("root") or 0),
            allow_sample_content=settings.allow_sample_content,
        )
        _go_with_time(state, begin)
        state.remember(cursor=begin.cursor, judged_by=judged_by)
    return begin


def decode(raw: bytes) -> Value:
    """A record as it waited in the state."""
    record = parse_record(raw)
    if not isinstance(record, Record):
        raise TypeError(f"{raw[:80]!r} waits among the records")
    return record.value


def _go_with_time(state: State, begin: Begin) -> None:
    today, before = begin.now.date(), state.meta("today")
    if before and before != today.isoformat():
        state.mark_days(date.fromisoformat(before), today)
    state.remember(today=today.isoformat())


def _brief_of(value: Value, record: Record) -> bytes:
    """A page without its body, in the format of the feed; of all else, nothing."""
    if not isinstance(value, Page):
        return b""
    brief = {
        "kind": "page",
        "id": value.id,
        "type": value.type,
        "path": value.path,
        "parent": value.parent_id,
        "position": record.position,
        "slug": value.slug,
        "title": value.title,
        "seo_title": value.seo_title,
        "search_description": value.search_description,
        "locale": value.locale,
        "translation_key": value.translation_key,
        "first_published_at": value.first_published_at,
        "last_published_at": value.last_published_at,
        "fields": {name: value.fields[name] for name in EDGE_FIELDS if name in value.fields},
        "fingerprint": record.fingerprint,
    }
    return orjson.dumps(brief, option=orjson.OPT_UTC_Z)
