"""A browser for the tests that need one: Chromium as Debian packages it."""

import shutil
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last, whatever the order of the rest.

    Playwright leaves an event loop running in this thread; Django then refuses its database, and
    ``asyncio.run()`` fails.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright's ``browser``, ``context`` and ``page`` start Chromium."""
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
