"""Every page of the sample site: its preview, less the marked blocks, is the file of the export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.live import Stack
from tests.marked_blocks import without_marked_blocks

pytestmark = pytest.mark.end_to_end

PREVIEWS = """
import json
from django.contrib.auth import get_user_model
from wagtail.models import Site
from cms.preview.models import Preview
user = get_user_model().objects.get(username="editor")
root = Site.objects.get(is_default_site=True).root_page
print(json.dumps({
    "/" + page.url_path.removeprefix(root.url_path): Preview.objects.keep(
        page, user=user, is_editing=True
    ).url(in_panel=False)
    for page in root.get_descendants(inclusive=True).live().specific()
}))
"""


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, sample_stack: Callable[[Path], Stack]
) -> Iterator[Stack]:
    with sample_stack(tmp_path_factory.mktemp("preview")) as stack:
        stack.start_cms()
        stack.export()
        stack.start_edge()
        yield stack


def test_preview_of_every_page_is_what_the_export_wrote(stack: Stack) -> None:
    previews = json.loads(stack.shell(PREVIEWS))
    different = []
    for path, address in previews.items():
        shown = requests.get(address, timeout=30)
        assert shown.status_code == 200, path
        if (
            without_marked_blocks(shown.content)
            != (stack.current / path.strip("/") / "index.html").read_bytes()
        ):
            different.append(path)

    assert len(previews) >= 10
    assert different == []


def test_no_log_of_the_edge_holds_a_token(stack: Stack) -> None:
    requests.get(f"{stack.site_url}/preview?token=a-token-that-opens-nothing", timeout=30)

    assert "a-token-that-opens-nothing" not in stack.log("edge")
