"""The sample site as `make demo` prepares it, once for all the tests that start from it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import Stack


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CMS that holds the sample content and the demo's logins; it never runs."""
    folder = tmp_path_factory.mktemp("prepared")
    with Stack(folder) as stack:
        stack.manage("prepare_demo", str(folder))
    return folder


@pytest.fixture(scope="session")
def sample_stack(prepared: Path) -> Callable[[Path], Stack]:
    """``sample_stack(folder)``: a stack of one's own with that content, nothing started yet."""

    def copied(folder: Path) -> Stack:
        shutil.copytree(prepared, folder, dirs_exist_ok=True)
        stack = Stack(folder)
        stack.shell(
            f"from cms.core.site import point_default_site\npoint_default_site({stack.site_url!r})"
        )
        return stack

    return copied


@pytest.fixture(scope="session")
def passwords(prepared: Path) -> dict[str, str]:
    """``{"moderator": …, "editor": …}``: the password of each login."""
    found: dict[str, str] = json.loads((prepared / "secrets.json").read_text())["passwords"]
    return found
