"""The feed goes into the state, and leaves behind what the plan needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from frontend_export.config import Settings
from frontend_export.content import Redirect, Site, Value
from frontend_export.errors import SourceError
from frontend_export.plan.entries import Entry, entry_of
from frontend_export.plan.site import Plan, plan_site
from frontend_export.render import Renderer
from frontend_export.source.chosen import Source
from frontend_export.source.feed import Begin, Record, parse_record
from frontend_export.state import State


@dataclass(frozen=True, slots=True)
class Intake:
    """One state of the CMS without its bodies."""

    begin: Begin
    site: Site
    entries: list[Entry]
    redirects: list[Redirect]


def take_in(cms: Source, state: State, *, afresh: bool = False) -> Intake:
    """Read the feed to its end, all of it or nothing. Raises ``SourceError``."""
    begin: Begin | None = None
    sites: list[Site] = []
    entries: list[Entry] = []
    redirects: list[Redirect] = []
    with state.incoming(afresh=afresh) as incoming:
        for raw, line in cms.feed():
            match line:
                case Begin():
                    begin = line
                case Record(value=value, fingerprint=fingerprint, position=position):
                    incoming.add(
                        line.kind, value, fingerprint=fingerprint, position=position, raw=raw
                    )
                    entries.append(entry_of(value, fingerprint=fingerprint, position=position))
                    if isinstance(value, Site):
                        sites.append(value)
                    elif isinstance(value, Redirect):
                        redirects.append(value)
        if begin is None or len(sites) != 1:
            raise SourceError(
                f"The feed of the CMS has {len(sites)} 'site' records instead of one. "
                "Set up the default site in the Wagtail admin, under Settings, Sites."
            )
    return Intake(begin, sites[0], entries, redirects)


def plan_of(
    intake: Intake, renderer: Renderer, settings: Settings, without: frozenset[int]
) -> Plan:
    """The plan of what was taken in, ``without`` pages that could not be made."""
    return plan_site(
        intake.entries,
        site=intake.site,
        redirects=intake.redirects,
        site_url=settings.site_url,
        renderer=renderer.theme_fingerprint,
        assets=renderer.assets(),
        now=intake.begin.now,
        allow_sample_content=settings.allow_sample_content,
        without=without,
    )


def decode(raw: bytes) -> Value:
    """A record as it waited in the state."""
    record = parse_record(raw)
    if not isinstance(record, Record):
        raise TypeError(f"{raw[:80]!r} waits among the records")
    return record.value
