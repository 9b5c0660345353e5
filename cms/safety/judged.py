"""A page that must be fit for the site to go live, by whichever door.

Every way in which Wagtail publishes ends in ``save()`` of the page as it goes live: so that is
where a page is refused. The doors in front of it (the editing form, bulk actions, workflows, the
schedule) ask before they try, and say in words why not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Self, TypeGuard

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import Page, Revision, get_page_models

from cms.core.pages import SitePage, is_draft_only
from cms.safety.admin.forms import JudgedCopyForm, JudgedPageForm
from cms.safety.findings import WHOLE_PAGE, Finding, Place, Severity
from cms.safety.grounds import Grounds, day_of, grounds_now
from cms.safety.judging import Verdict, judge
from cms.safety.models import Reason
from cms.safety.reading.facts import PageFacts
from cms.safety.withdrawal import Withdrawal, withdrawn

logger = logging.getLogger(__name__)

# Where a page keeps its verdict from before it is saved until the verdict is stored.
JUDGED = "_safety_judged"
FORM = "form"
REASON_IS_MISSING = "Mend it, or give a reason in the Safety panel of the editor."


class RefusedToGoLive(ValidationError):  # noqa: N818 it is what happened, as RefusedToGoLive(…) reads
    """A version of a page may not go live; ``messages`` says all that is to be mended."""

    def __init__(self, page: Page, findings: Sequence[Finding]) -> None:
        super().__init__([in_words(finding) for finding in findings])
        self.page = page
        self.findings = tuple(findings)

    @property
    def is_of_another_page(self) -> bool:
        """Whether nothing keeps it but the address that another page has, which may let it go."""
        return all((one.rule, one.place.field) == (FORM, "slug") for one in self.findings)

    def __str__(self) -> str:
        return f"'{self.page.title}' may not go live. " + " ".join(self.messages)


class JudgedPage(SitePage):
    base_form_class = JudgedPageForm
    copy_form_class = JudgedCopyForm
    alias_of_id: int | None

    class Meta:
        abstract = True

    @classmethod
    def facts_of(cls, pages: Sequence[Self], grounds: Grounds) -> list[PageFacts]:
        """What the rules read of each of these pages of this type, in a few queries for all."""
        raise NotImplementedError

    def facts(self) -> PageFacts:
        [facts] = type(self).facts_of([self], grounds_now())
        return facts

    def cited_addresses(self) -> Sequence[str]:
        """The addresses on the web of what it cites, to be visited now and then."""
        return ()

    def refusals(self) -> tuple[Finding, ...]:
        """Why this version may not go live, on the day on which it would."""
        on = self.go_live_at if is_ahead(self.go_live_at) else timezone.now()
        return unanswered(self, judged(self, grounds_now(), day_of(on)))

    def require_fit(self) -> None:
        """Raises ``RefusedToGoLive``."""
        if findings := self.refusals():
            raise RefusedToGoLive(self, findings)

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> Any:
        """Raises ``RefusedToGoLive``, and then everything is as it was, a schedule included.

        A version that is to go live later is judged as of then: now, so that its editor hears of
        it, and again when it is due.
        """
        with transaction.atomic():
            lock(self)
            version = revision.as_object()
            if is_ahead(version.go_live_at):
                findings = (*version.faults_of_fields(), *version.refusals())
                if findings:
                    raise RefusedToGoLive(version, findings)
            return super().publish(revision, *args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ``RefusedToGoLive`` when this save would put another version before readers.

        An alias says what its source says, which was judged as it went live: to refuse its save
        would refuse that of the source. Its verdict keeps it off the site, if need be.
        """
        self._follow_original()
        update_fields = kwargs.get("update_fields")
        if not self.live or is_draft_only(update_fields):
            return super().save(*args, **kwargs)
        with transaction.atomic():
            lock(self)
            if update_fields is None:
                self._judge_before_it_is_stored(is_cleaned=kwargs.get("clean", True))
            # Else the other columns keep what is stored: that is judged, and not this instance.
            return super().save(*args, **kwargs)

    save.alters_data = True  # type: ignore[attr-defined]

    def faults_of_fields(self) -> tuple[Finding, ...]:
        """What the fields themselves refuse, which a draft may be saved with."""
        try:
            self.full_clean()
        except ValidationError as error:
            return tuple(_faults(self, error))
        return ()

    def _judge_before_it_is_stored(self, *, is_cleaned: bool) -> None:
        goes_live = self._goes_live()
        faults = self.faults_of_fields() if goes_live and is_cleaned else ()
        grounds, now = grounds_now(), timezone.now()
        verdict = judged(self, grounds, day_of(now))
        if goes_live and (findings := (*faults, *unanswered(self, verdict))):
            raise RefusedToGoLive(self, findings)
        setattr(self, JUDGED, (verdict, grounds))

    def _goes_live(self) -> bool:
        """Whether it is being published: each time, Wagtail names the version that is live."""
        if self.live_revision_id is None or self.alias_of_id is not None:
            return False
        stored = Page.objects.filter(pk=self.pk).values_list("live_revision", flat=True).first()
        return stored != self.live_revision_id

    def _follow_original(self) -> None:
        """An alias of an alias is one of the original, whose review and reasons it has."""
        if self.alias_of_id is not None:
            stored = Page.objects.filter(pk=self.alias_of_id)
            if original := stored.values_list("alias_of", flat=True).first():
                self.alias_of_id = original


def lock(page: Page) -> None:
    """Until the transaction ends: whoever takes the page off the site at this moment comes before
    or after, not in between. Its key is left free, for those who store a verdict on it."""
    Page.objects.select_for_update(no_key=True).filter(pk=page.pk).order_by().first()


def _faults(page: Page, error: ValidationError) -> Iterator[Finding]:
    fields = {field.name: field for field in page._meta.get_fields()}
    for name, messages in error.message_dict.items():
        place = WHOLE_PAGE
        if name in fields:
            label = str(getattr(fields[name], "verbose_name", name))
            place = Place("field", name, "", name, label[:1].upper() + label[1:])
        for message in messages:
            yield Finding(FORM, Severity.BLOCK, place, message)


def judged(page: JudgedPage, grounds: Grounds, today: date) -> Verdict:
    """The verdict on a page; of one that the rules cannot read, that it must not go live."""
    if findings := withdrawn(page):
        return Verdict(findings=findings)
    return judged_by_rules(page, grounds, today)


def judged_by_rules(page: JudgedPage, grounds: Grounds, today: date) -> Verdict:
    """What the rules say, also of a page that somebody took off the site.

    Raises ``DatabaseError``: a database that is away takes no page off the site.
    """
    try:
        [facts] = type(page).facts_of([page], grounds)
        return judge(facts, grounds.limits, today)
    except DatabaseError:
        raise  # it says nothing of the page, and what was begun in the database cannot go on
    except Exception:  # whatever it is: a page that nobody could judge is not let through
        logger.exception("The page '%s' (%s) could not be judged.", page.title, page.pk)
        return Verdict(findings=(COULD_NOT_JUDGE,))


def all_judged(
    pages: Sequence[JudgedPage], grounds: Grounds, today: date
) -> list[tuple[JudgedPage, Verdict]]:
    """The verdicts on many pages, in few queries while the rules can read all of them."""
    by_type: dict[type[JudgedPage], list[JudgedPage]] = {}
    for page in pages:
        by_type.setdefault(type(page), []).append(page)
    gone = set(
        Withdrawal.objects.filter(pk__in=[page.pk for page in pages]).values_list("pk", flat=True)
    )
    verdicts: list[tuple[JudgedPage, Verdict]] = []
    for model, some in by_type.items():
        try:
            facts = model.facts_of(some, grounds)
            found = [
                Verdict(findings=withdrawn(page))
                if page.pk in gone
                else judge(one, grounds.limits, today)
                for page, one in zip(some, facts, strict=True)
            ]
        except DatabaseError:
            raise
        except Exception:  # one of them; which one, and why, each by itself tells
            found = [judged(page, grounds, today) for page in some]
        verdicts += zip(some, found, strict=True)
    return verdicts


COULD_NOT_JUDGE = Finding(
    "S0",
    Severity.BLOCK,
    WHOLE_PAGE,
    "The rules could not be applied to this page: something in it is not as it should be. Undo the "
    "last change, or ask whoever looks after the CMS to look into its log.",
)


def unanswered(page: Page, verdict: Verdict) -> tuple[Finding, ...]:
    """What keeps a version from going live: all that blocks, and warnings without a reason."""
    answered = answers([page.pk])[page.pk] if verdict.warnings else frozenset()
    return (*verdict.blocks, *(one for one in verdict.warnings if one.key not in answered))


def answers(page_ids: Iterable[int | None]) -> dict[int | None, frozenset[str]]:
    """By page, the keys of the findings for which editors gave a reason."""
    return {page_id: frozenset(said) for page_id, said in reasons_given(page_ids).items()}


def reasons_given(page_ids: Iterable[int | None]) -> dict[int | None, dict[str, str]]:
    """By page, what editors said to findings, by their keys. The reasons of its source are those
    of an alias, too."""
    found: dict[int | None, dict[str, str]] = {page_id: {} for page_id in page_ids}
    ids = [page_id for page_id in found if page_id]
    known = Reason.objects.filter(Q(page__in=ids) | Q(page__aliases__in=ids))
    for page_id, alias_id, key, text in known.values_list(
        "page", "page__aliases", "finding_key", "text"
    ):
        for one in {page_id, alias_id} & found.keys():
            found[one][key] = text
    return found


def in_words(finding: Finding) -> str:
    """With what to do about a warning."""
    remedy = f" {REASON_IS_MISSING}" if finding.severity is Severity.WARN else ""
    return f"{words_of(finding)}{remedy}"


def words_of(finding: Finding) -> str:
    """``"S1, Benefits (part 3): …"``."""
    return f"{finding.rule}, {finding.place.label}: {finding.message}"


def judged_page_types() -> list[type[JudgedPage]]:
    return [model for model in get_page_models() if issubclass(model, JudgedPage)]


def is_ahead(moment: datetime | None) -> TypeGuard[datetime]:
    return moment is not None and moment > timezone.now()
