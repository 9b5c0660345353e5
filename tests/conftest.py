"""What all tests share: their groups and order, examples without a deadline, a browser.

The browser is Chromium as Debian packages it.
"""

import shutil
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import expect

PATIENCE_MS = 20_000  # what comes about at all comes late on a busy machine

# Machines are shared: how long an example takes says nothing.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep each file on one process: its tests may share services that take long to start.

    All browser tests are one group, since two browsers at once would wait for each other. Said
    here, because ``--dist loadgroup`` reads it before a hook of this file could change the list.
    """
    name = "browser" if is_for_a_browser(item) else item.nodeid.partition("::")[0]
    item.add_marker(pytest.mark.xdist_group(name))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last, whatever the order of the rest.

    Playwright leaves an event loop running in this thread; Django then refuses its database, and
    ``asyncio.run()`` fails.
    """
    items.sort(key=is_for_a_browser)


def is_for_a_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright's ``browser``, ``context`` and ``page`` start Chromium; and how long
    what they expect may take."""
    expect.set_options(timeout=PATIENCE_MS)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("No Chromium was found. Install the package 'chromium' to run browser tests.")
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of the plugin's own, whose form pytest 10 will refuse; each test says its URLs."""
