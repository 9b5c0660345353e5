"""A term of the glossary is judged by itself: the glossary shows it though no page names it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cms.articles.glossary import GlossaryTerm
from cms.safety.checking import check
from tests.cms.safety.articles import fit_article

pytestmark = pytest.mark.django_db

SELLS = "Buy it online at https://t.me/a-shop, no prescription needed."


def add(admin_client, meaning: str, term: str = "Bioavailability"):
    address = reverse("wagtailsnippets_articles_glossaryterm:add")
    return admin_client.post(address, {"term": term, "meaning": meaning, "also": ""})


def test_a_term_that_sells_is_not_saved(admin_client):
    response = add(admin_client, SELLS)
    [*said] = response.context["form"].errors["meaning"]
    assert any(one.startswith("S9: ") for one in said)
    assert not GlossaryTerm.objects.exists()


def test_the_word_itself_is_judged_too(admin_client):
    response = add(admin_client, "What is meant.", term="Buy ketamine online")
    assert any(one.startswith("S9: ") for one in response.context["form"].errors["term"])


def test_a_plain_term_is_saved(admin_client):
    assert add(admin_client, "How much of a medicine reaches the blood.").status_code == 302


def test_check_content_finds_a_term_that_no_page_names():
    GlossaryTerm.objects.create(term="Opioid", meaning=SELLS)
    GlossaryTerm.objects.create(term="Placebo", meaning="It is a miracle cure.")
    fit_article().get_latest_revision().publish()
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_content", "--json", stdout=out)
    report = json.loads(out.getvalue())
    terms = {one["title"]: one for one in report["pages"] if one["path"] == "glossary term"}
    assert {title: one["refused"] for title, one in terms.items()} == {
        "Opioid": True,
        "Placebo": False,
    }
    assert (report["refused"], report["rules"]["S13"]) == (1, 2)


def test_whoever_asks_of_one_page_hears_of_no_term():
    GlossaryTerm.objects.create(term="Opioid", meaning=SELLS)
    assert not check(["/"], timezone.now()).words
