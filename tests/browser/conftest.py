"""The sample site with its CMS, its edge and an editor who is logged in, for a module of tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.live import Stack

EDITOR, PASSWORD = "editor", "a-password-for-tests-only"


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, browser_type_launch_args: object) -> Path:
    """A folder with a CMS that holds the sample content and the editor; it never runs.

    Skips, before it makes anything, where there is no browser to look at it with.
    """
    folder = tmp_path_factory.mktemp("loaded")
    with Stack(folder) as stack:
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("load_content")
        stack.shell(
            "from django.contrib.auth.models import User\n"
            f"User.objects.create_superuser({EDITOR!r}, 'e@example.org', {PASSWORD!r})\n"
        )
    return folder


@pytest.fixture(scope="module")
def stack(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(loaded, folder, dirs_exist_ok=True)
    with Stack(folder) as stack:
        stack.shell(
            f"from cms.core.site import point_default_site\npoint_default_site({stack.site_url!r})"
        )
        stack.start_admin()
        stack.export()
        stack.start_edge()
        yield stack


@pytest.fixture
def admin(stack: Stack, page: Page) -> Page:
    """A page of the browser in which the editor is logged in to the admin."""
    page.set_viewport_size({"width": 1500, "height": 1000})
    page.goto(f"{stack.cms_url}/admin/login/")
    page.fill("#id_username", EDITOR)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    return page
