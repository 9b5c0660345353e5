"""Verdicts follow what they rest on; pages leave the site and come back by them."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers import deserialize, serialize
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page, Site

from cms.articles.models import ArticlePage, GlossaryTerm, HomePage, Person, StandardPage
from cms.comments.models import ReaderComment, State
from cms.core.models import SiteSettings
from cms.export_feed.models import Change
from cms.export_feed.page_status import PageState, page_status
from cms.safety import judging, keeping, signals
from cms.safety.grounds import grounds_now
from cms.safety.models import LimitSettings, PageVerdict, Reason
from cms.safety.public import public_pages
from tests.cms.feed_site import article, home, read, records, topic
from tests.cms.safety.articles import day, doctor, fit_article

pytestmark = pytest.mark.django_db


def published(**fields) -> ArticlePage:
    page = fit_article(**fields)
    page.get_latest_revision().publish()
    assert is_public(page)
    return page


def is_public(page: Page, now=None) -> bool:
    return public_pages(now).filter(pk=page.pk).exists()


def verdict(page: Page) -> PageVerdict:
    return PageVerdict.objects.get(pk=page.pk)


def test_an_unpublished_page_has_no_verdict_left():
    page = published()
    ArticlePage.objects.get(pk=page.pk).unpublish()
    assert not PageVerdict.objects.filter(pk=page.pk).exists()


def test_a_live_page_of_ours_without_a_verdict_is_not_public():
    page = published()
    PageVerdict.objects.all().delete()
    assert not is_public(page)


def test_saving_a_draft_leaves_the_verdict_alone():
    page = published()
    before = verdict(page).judged_at
    draft = ArticlePage.objects.get(pk=page.pk)
    draft.funding = ""
    draft.save_revision()
    assert verdict(page).judged_at == before


def test_a_changed_limit_takes_pages_off_and_back(mailoutbox, settings):
    settings.ADMINS = [("Ops", "ops@example.org")]
    page = published(last_reviewed=day(-400), next_review_due=day(-50))
    limits = LimitSettings.load()
    limits.overdue_days = 10
    limits.save()
    assert not is_public(page)
    [mail] = mailoutbox
    assert mail.to == ["ops@example.org"]
    assert page.title in mail.body
    assert "S5, " in mail.body
    limits.overdue_days = 90
    limits.save()
    assert is_public(page)


def test_settings_of_the_site_take_pages_off_and_back():
    page = published()
    shared = SiteSettings.for_site(Site.objects.get(is_default_site=True))
    shared.advice_statement = ""
    shared.save()
    assert not is_public(page)
    shared.advice_statement = "This site does not replace a doctor."
    shared.save()
    assert is_public(page)


def test_a_person_who_lost_the_credential_takes_off_what_they_reviewed():
    brown = doctor()
    page = published(reviewer=brown)
    brown.credential = ""
    brown.save()
    assert not is_public(page)
    brown.credential = "GMC 1234567"
    brown.save()
    assert is_public(page)


def test_what_leaves_and_comes_back_is_written_in_the_journal(client):
    page = published()
    cursor = records(client, "begin")[0]["cursor"]
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    keeping.judge_pages([page.pk])
    answer = read(client, f"/api/export/v1/feed?cursor={cursor}").getvalue().splitlines()
    told = [json.loads(line) for line in answer]
    assert {"kind": "gone", "of": "page", "id": page.pk} in told
    ArticlePage.objects.filter(pk=page.pk).update(funding="The site paid for it.")
    keeping.judge_pages([page.pk])
    assert page.pk in {one["id"] for one in records(client, "page")}


def test_a_verdict_that_says_the_same_is_no_change_of_the_site():
    page = published()
    before = Change.objects.count()
    keeping.judge_pages([page.pk])
    assert Change.objects.count() == before


def test_time_alone_takes_a_page_off_and_the_feed_knows_when(client):
    page = published(last_reviewed=day(-300), next_review_due=day(5))
    until = verdict(page).fit_until
    assert until is not None
    before = timezone.now() + timedelta(days=(until - day(0)).days - 1)
    after = before + timedelta(days=1)
    assert is_public(page, before)
    assert not is_public(page, after)
    PageVerdict.objects.exclude(pk=page.pk).update(fit_until=None)
    ArticlePage.objects.update(next_review_due=None)  # no banner before
    [begin] = records(client, "begin")
    assert begin["next_change_at"].startswith(str(until))


def test_every_page_is_judged_again_each_day():
    page = published()
    before = verdict(page).judged_at
    assert keeping.judge_due(timezone.now()) == 0
    tomorrow = timezone.now() + timedelta(days=1)
    assert keeping.judge_due(tomorrow) == Page.objects.filter(live=True, depth__gt=1).count()
    assert verdict(page).judged_at > before


def test_other_rules_judge_every_page_again(monkeypatch):
    page = published()
    monkeypatch.setattr("cms.safety.grounds.RULES_VERSION", "another")
    call_command("judge_pages", verbosity=0)
    assert verdict(page).rules_version == grounds_now().version


def test_migrating_judges_what_has_no_verdict():
    page = published()
    PageVerdict.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert is_public(page)


def test_one_page_that_cannot_be_judged_keeps_no_other_from_it(monkeypatch, caplog):
    medicines = topic()
    broken = published(parent=medicines, slug="broken")
    medicines.refresh_from_db()
    other = published(parent=medicines, slug="other")
    judge = judging.judge

    def fail_for_one(facts, limits, today):
        if facts.title == "Broken":
            raise RuntimeError("odd")
        return judge(facts, limits, today)

    monkeypatch.setattr("cms.safety.judged.judge", fail_for_one)
    keeping.judge_pages([broken.pk, other.pk])
    assert (is_public(broken), is_public(other)) == (False, True)
    assert "'Broken'" in caplog.text


def test_a_page_that_is_saved_while_it_is_judged_keeps_the_newer_verdict(monkeypatch):
    page = published()
    all_judged, times = keeping.all_judged, []

    def with_a_publish_between(pages, grounds, today):
        found = all_judged(pages, grounds, today)
        if not times:
            times.append(1)
            newer = ArticlePage.objects.get(pk=page.pk)
            ArticlePage.objects.filter(pk=page.pk).update(funding="")
            keeping.keep(
                newer,
                all_judged([ArticlePage.objects.get(pk=page.pk)], grounds, today)[0][1],
                grounds,
                timezone.now(),
            )
        return found

    monkeypatch.setattr(keeping, "all_judged", with_a_publish_between)
    keeping.judge_pages([page.pk])
    assert not is_public(page)


def test_the_front_page_stays_and_other_pages_leave_with_what_is_below():
    page = published()
    front = HomePage.objects.get(pk=home().pk)
    front.introduction = "<p>Miracle! Buy it online without prescription.</p>"
    front.save()
    PageVerdict.objects.filter(pk=front.pk).update(is_fit=False)
    assert is_public(front)
    assert is_public(page)
    PageVerdict.objects.filter(pk=page.get_parent().pk).update(is_fit=False)
    assert not is_public(page)


def test_the_status_of_a_page_says_what_keeps_it_off():
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    keeping.judge_pages([page.pk])
    status = page_status(ArticlePage.objects.get(pk=page.pk), timezone.now())
    assert status.state == PageState.REFUSED
    assert "S22, " in status.reason


def test_page_is_judged_anew_when_a_term_that_it_names_changes_or_goes():
    term = GlossaryTerm.objects.create(term="Tonic", meaning="Something to drink.")
    page = published(body=[("glossary_term", {"glossary_term": term})])
    term.meaning = "A miracle cure, buy online."
    term.save()
    assert {"S9", "S13"} <= {one.rule for one in verdict(page).found}
    [block] = ArticlePage.objects.get(pk=page.pk).body
    assert {one.place.block_id for one in verdict(page).found if one.rule == "S13"} == {block.id}
    assert not is_public(page)
    term.delete()
    assert is_public(page)
    [gone] = [one for one in verdict(page).found if one.rule == "S19"]
    assert (gone.severity.value, gone.place.block_id) == ("WARN", block.id)
    assert "deleted" in gone.message


def test_terms_of_many_pages_take_one_query():
    medicines = topic()
    for number in range(5):
        term = GlossaryTerm.objects.create(term=f"Term {number}", meaning="Something.")
        article(medicines, f"page-{number}", body=[("glossary_term", {"glossary_term": term})])
    pages = list(ArticlePage.objects.all())
    with CaptureQueriesContext(connection) as queries:
        facts = ArticlePage.facts_of(pages, grounds_now())
    assert {term.term for one in facts for term in one.terms.values()} == {
        f"Term {number}" for number in range(5)
    }
    assert sum("glossaryterm" in query["sql"] for query in queries) == 1


def test_many_pages_take_few_queries(django_assert_max_num_queries):
    medicines = topic()
    for number in range(12):
        medicines.refresh_from_db()
        article(medicines, f"page-{number}")
    ids = list(ArticlePage.objects.values_list("pk", flat=True))
    keeping.judge_pages(ids)
    with django_assert_max_num_queries(24 + 3 * len(ids)):
        keeping.judge_pages(ids)


def checked(*arguments: str) -> tuple[dict, int]:
    out = io.StringIO()
    try:
        call_command("check_content", "--json", *arguments, stdout=out)
    except SystemExit as left:
        return json.loads(out.getvalue()), int(str(left.code))
    return json.loads(out.getvalue()), 0


def test_check_content_lists_every_rule_and_passes_what_is_fit(rules):
    published()
    report, code = checked()
    assert code == 0
    assert report["rules"].keys() == {rule.id for rule in rules}
    assert report["refused"] == 0


def test_check_content_names_page_place_and_message():
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    report, code = checked("/medicines/sleep/")
    assert code == 4
    [found] = [one for one in report["pages"] if one["refused"]]
    assert found["path"] == "/medicines/sleep/"
    [finding] = [one for one in found["findings"] if one["rule"] == "S22"]
    assert finding["place"]["field"]
    assert finding["message"]


def test_check_content_in_words(capsys):
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    with pytest.raises(SystemExit):
        call_command("check_content")
    said = capsys.readouterr().out
    assert "/medicines/sleep/  Sleep" in said
    assert "1 are refused" in said


def test_check_content_refuses_a_path_that_is_not_there():
    with pytest.raises(CommandError, match="no live page at '/nowhere/'"):
        call_command("check_content", "/nowhere/")


def on_a_second_site(slug: str = "about") -> StandardPage:
    root = Page.objects.get(depth=1).add_child(instance=HomePage(title="Two", slug="two"))
    Site.objects.create(hostname="two.test", port=443, root_page=root)
    root.refresh_from_db()
    page = root.add_child(instance=StandardPage(title="About two", slug=slug, summary="Two."))
    StandardPage.objects.filter(pk=page.pk).update(summary="A miracle cure, buy online.")
    return page


def test_check_content_checks_the_pages_of_every_site():
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    on_a_second_site()
    report, code = checked()
    assert (code, report["refused"]) == (4, 2)
    assert [one["path"] for one in report["pages"] if one["refused"]] == [
        "/medicines/sleep/",
        "https://two.test/about/",
    ]


@pytest.mark.parametrize("path", ["/sleep/", "sleep", "https://two.test/sleep/"])
def test_check_content_finds_a_path_on_whichever_site_has_it(path):
    published()
    on_a_second_site("sleep")
    report, _ = checked(path)
    assert (report["checked"], report["refused"]) == (1, 1)


def test_check_content_checks_a_site_that_is_not_the_default_one():
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    Site.objects.update(is_default_site=False, hostname="two.test", port=443)
    report, code = checked()
    assert code == 4
    assert [one["path"] for one in report["pages"] if one["refused"]] == [
        "https://two.test/medicines/sleep/"
    ]


def test_check_content_says_that_there_is_no_site():
    published()
    Site.objects.all().delete()
    with pytest.raises(CommandError, match="There is no site. Add one"):
        call_command("check_content")


def test_check_content_gives_an_alias_the_reasons_of_its_source():
    page = ArticlePage.objects.get(pk=published(sources=[]).pk)
    page.create_alias(parent=topic("others"), update_slug="other")
    report, code = checked("/others/other/", "/medicines/sleep/")
    assert code == 0
    alias, source = ([one["reason"] for one in page["findings"]] for page in report["pages"])
    assert alias == source
    assert "It is right." in alias


def test_check_content_finds_a_comment_that_no_person_approved():
    page = published()
    ReaderComment.objects.create(
        page=page,
        translation_key=page.translation_key,
        locale="en-gb",
        idempotency_key="key",
        name="Sam",
        text="Thank you",
        state=State.APPROVED,
        received_at=timezone.now(),
        posted_at=timezone.now(),
    )
    report, code = checked()
    assert (code, report["rules"]["S24"]) == (4, 1)


def test_a_warning_with_a_reason_is_not_open():
    page = published(sources=[])
    assert verdict(page).warnings_open == 0
    assert " S3 " in verdict(page).rules_named
    Reason.objects.all().delete()
    keeping.judge_pages([page.pk])
    assert verdict(page).warnings_open > 0
    assert is_public(page)


def test_nothing_is_judged_while_a_dump_is_read(monkeypatch):
    """Half of what a page refers to may not be there yet."""
    judged = []
    monkeypatch.setattr(signals, "judge_due", judged.append)
    monkeypatch.setattr(signals, "judge_pages", judged.append)
    page = fit_article()
    page.get_latest_revision().publish()
    rows = [Site.objects.get(is_default_site=True), Person.objects.get(), page]
    judged.clear()
    with CaptureQueriesContext(connection) as queries:
        for row in deserialize("json", serialize("json", rows)):
            row.save()
    assert judged == []
    assert not [query for query in queries if "safety_pageverdict" in query["sql"]]


def test_what_a_draft_says_is_no_verdict_on_the_page_that_is_live():
    """To lock a page, say, a few columns of its newest version are saved."""
    page = published()
    draft = ArticlePage.objects.get(pk=page.pk)
    draft.funding = ""
    draft.locked = True
    draft.save(update_fields=["locked"])
    assert is_public(page)


def test_operators_are_told_of_a_page_that_leaves_as_it_is_saved(
    mailoutbox, settings, django_capture_on_commit_callbacks
):
    settings.ADMINS = [("Ops", "ops@example.org")]
    page = ArticlePage.objects.get(pk=published().pk)
    page.funding = ""
    with django_capture_on_commit_callbacks(execute=True):
        page.save()
    assert not is_public(page)
    assert [mail.to for mail in mailoutbox] == [["ops@example.org"]]


def test_what_sql_wrote_is_found_when_all_pages_are_judged():
    page = published()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    call_command("judge_pages", verbosity=0)
    assert is_public(page)  # it was judged today
    call_command("judge_pages", "--all", verbosity=0)
    assert not is_public(page)


def break_facts(monkeypatch, error: Exception, page: Page) -> None:
    """The facts of this page cannot be had."""
    facts_of = ArticlePage.facts_of.__func__

    def broken(model, pages, grounds):
        if page.pk in [one.pk for one in pages]:
            raise error
        return facts_of(model, pages, grounds)

    monkeypatch.setattr(ArticlePage, "facts_of", classmethod(broken))


def test_page_that_the_rules_fail_on_leaves_the_site_and_the_others_stay(monkeypatch):
    broken = published(title="Broken")
    other = published(parent=broken.get_parent(), slug="other")
    break_facts(monkeypatch, ValueError("The rules have a bug."), broken)
    keeping.judge_pages([broken.pk, other.pk])
    assert [one.rule for one in verdict(broken).found] == ["S0"]
    assert (is_public(broken), is_public(other)) == (False, True)


def test_database_that_fails_takes_no_page_off_the_site(monkeypatch):
    page = published(title="One")
    other = published(parent=page.get_parent(), slug="other")
    break_facts(monkeypatch, OperationalError("deadlock detected"), page)
    with pytest.raises(OperationalError):
        keeping.judge_pages([page.pk, other.pk])
    with pytest.raises(OperationalError):
        ArticlePage.objects.get(pk=page.pk).save_revision().publish()
    assert is_public(page)
    assert is_public(other)
