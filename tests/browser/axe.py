"""What axe-core finds wrong with the page that a browser shows."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# A colour on its way is none that anybody reads.
ARRIVED = """
() => Promise.all(
  document.getAnimations()
    .filter((one) => one.playState === "running")
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => {})),
)
"""


def faults(page: Page, context: str | None = None, also: Iterable[str] = ()) -> list[str]:
    """A line for each element that breaks a rule, of the part that ``context`` selects.

    ``also`` are rules that axe does not ask by itself.
    """
    options = {
        "resultTypes": ["violations"],
        "preload": False,  # of what only rules ask that are off
        "rules": {rule: {"enabled": True} for rule in also},
    }
    page.evaluate(ARRIVED)
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
