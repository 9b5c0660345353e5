"""Our own sample content passes the rules that it shows."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from cms.articles.models import ArticlePage
from cms.safety.findings import Severity
from cms.safety.models import PageVerdict, Reason
from cms.safety.rule import Rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(rules: tuple[Rule, ...]) -> None:
    """Refused as a whole if one page has a finding that blocks, or a warning without a reason."""
    call_command("load_content", str(settings.BASE_DIR / "content_fixtures"), stdout=StringIO())


@pytest.mark.usefixtures("loaded")
def test_every_article_is_fit_and_no_warning_is_without_a_reason() -> None:
    verdicts = PageVerdict.objects.filter(page__in=ArticlePage.objects.all())
    assert verdicts.count() == 9
    for verdict in verdicts:
        found = [finding for finding in verdict.found if finding.severity is Severity.BLOCK]
        assert (found, verdict.is_fit, verdict.warnings_open) == ([], True, 0), verdict.page


@pytest.mark.usefixtures("loaded")
def test_the_only_reason_that_was_needed_is_for_sources_that_are_old() -> None:
    assert set(Reason.objects.values_list("rule", flat=True)) <= {"S4"}


@pytest.mark.usefixtures("loaded")
def test_time_alone_takes_no_page_of_ours_off_the_site() -> None:
    """Samples have no review that runs out, and what is dated counts from the day of loading."""
    assert set(PageVerdict.objects.values_list("fit_until", flat=True)) == {None}


@pytest.mark.usefixtures("loaded")
def test_checking_the_content_refuses_nothing() -> None:
    call_command("check_content", stdout=StringIO())  # ends with 4 when something is refused
