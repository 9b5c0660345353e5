"""The form of an article in a real browser: what it offers while one writes."""

import pytest
from playwright.sync_api import Page, expect

from tests.live import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def editing(stack: Stack, admin: Page) -> Page:
    page_id = stack.shell(
        "from cms.articles.models import ArticlePage\n"
        "print(ArticlePage.objects.get(slug='ketamine').pk)"
    ).strip()
    admin.goto(f"{stack.cms_url}/admin/pages/{page_id}/edit/")
    return admin


def test_keys_of_the_sources_are_offered_where_a_part_cites_them(editing: Page) -> None:
    keys = [
        field.input_value()
        for field in editing.locator('input[name^="sources-"][name$="-value-key"]').all()
    ]
    assert len(keys) >= 3
    field = editing.locator("input[data-citations]").first
    first, second, *_ = keys
    field.fill(f"{first}, ")
    offered = editing.locator(f"#{field.get_attribute('list')} option").evaluate_all(
        "options => options.map(option => option.value)"
    )
    assert f"{first}, {second}" in offered
    assert not any(offer.endswith(f", {first}") for offer in offered)


def test_picker_shows_the_part_as_readers_see_it(editing: Page) -> None:
    body = editing.locator("[data-contentpath='body']").first
    body.get_by_role("button", name="Insert a block").first.click()
    expect(editing.get_by_role("option", name="Care card")).to_be_visible()
    parts = [option.strip() for option in editing.get_by_role("option").all_inner_texts()]
    editing.locator(".w-combobox__option-preview").nth(parts.index("Care card")).click()
    picture = editing.frame_locator(".w-combobox-preview__iframe").get_by_role("img")
    expect(picture).to_have_attribute("alt", "Care card, as readers see it")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 460
