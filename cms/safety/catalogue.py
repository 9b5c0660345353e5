"""All rules, in the order of their numbers. ``docs/editors.md`` tells editors the same."""

from __future__ import annotations

from cms.safety.findings import Severity
from cms.safety.rule import ARTICLES, WITH_BODY, Basis, Rule
from cms.safety.rules import balance, comments, evidence, form, help, law, review, whole, words

_CFR = "https://www.ecfr.gov/current/title-21/section-202.1"
_NHS = "https://service-manual.nhs.uk"
_HMR = "https://www.legislation.gov.uk/uksi/2012/1916"
_WCAG = "https://www.w3.org/TR/WCAG22/"
_SAMARITANS = "https://www.samaritans.org/about-samaritans"

ABPI = Basis(
    "ABPI Code of Practice, clause 26.3: reporting of side effects in material for patients",
    "https://www.abpi.org.uk/reputation/abpi-code-of-practice/",
)
ACMD = Basis(
    "Advisory Council on the Misuse of Drugs, review of ketamine, 2026: its law, harm and "
    "treatment",
    "https://www.gov.uk/government/publications/ketamine-an-updated-review-of-use-and-harms",
)
BLUE_GUIDE = Basis(
    "MHRA Blue Guide: advertising and promoting medicines, chapters 4, 5 and 7",
    "https://www.gov.uk/government/publications/blue-guide-advertising-and-promoting-medicines",
)
CAP_12 = Basis(
    "CAP Code 12.12: prescription-only medicines are not advertised to the public",
    "https://www.asa.org.uk/type/non_broadcast/code_section/12.html",
)
CFR_BALANCE = Basis("US 21 CFR 202.1(e)(5)(ii): fair balance of effectiveness and risk", _CFR)
CFR_EVIDENCE = Basis("US 21 CFR 202.1(e)(6)(i): no claim beyond substantial evidence", _CFR)
CFR_PROMINENCE = Basis("US 21 CFR 202.1(e)(7)(viii): risks as prominent as effectiveness", _CFR)
DISCERN = Basis(
    "DISCERN: questions on the sources and dates of health information",
    "http://www.discern.org.uk/",
)
FDA_KETAMINE = Basis(
    "FDA, October 2023: risks of compounded ketamine for uses without approval",
    "https://www.fda.gov/drugs/human-drug-compounding/"
    "fda-warns-patients-and-health-care-providers-about-potential-risks-associated-compounded-ketamine",
)
FDA_RISK = Basis(
    "FDA draft guidance, 2009: presenting risk information",
    "https://www.fda.gov/regulatory-information/search-fda-guidance-documents/"
    "presenting-risk-information-prescription-drug-and-medical-device-promotion",
)
FRANK = Basis("FRANK: honest information about drugs", "https://www.talktofrank.com/")
GRADE = Basis(
    "GRADE: effects in absolute numbers, with how sure they are",
    "https://www.gradeworkinggroup.org/",
)
HMR_284 = Basis(
    "Human Medicines Regulations 2012, regulation 284: no advertising of prescription-only "
    "medicines",
    f"{_HMR}/regulation/284",
)
HMR_286 = Basis(
    "Human Medicines Regulations 2012, regulations 286 to 290: what advertising must not say",
    f"{_HMR}/regulation/286",
)
HMR_SCHEDULE_27 = Basis(
    "Human Medicines Regulations 2012, schedule 27: what a package leaflet tells",
    f"{_HMR}/schedule/27",
)
HONCODE = Basis(
    "HONcode (1996 to 2022): authority, complementarity, attribution, justifiability, disclosure",
    "https://www.hon.ch/",
)
NHS_CALLOUT = Basis(
    "NHS service manual: warning callout", f"{_NHS}/design-system/components/warning-callout"
)
NHS_CARE_CARDS = Basis(
    "NHS service manual: care cards", f"{_NHS}/design-system/components/care-cards"
)
NHS_DO_DONT = Basis(
    "NHS service manual: do and don't lists",
    f"{_NHS}/design-system/components/do-and-dont-lists",
)
NHS_IMAGES = Basis("NHS service manual: images", f"{_NHS}/design-system/components/images")
NHS_LITERACY = Basis("NHS service manual: health literacy", f"{_NHS}/content/health-literacy")
NHS_MEDICINES = Basis("NHS: the sections of Medicines A to Z", "https://www.nhs.uk/medicines/")
NHS_STANDARD = Basis(
    "NHS standard for creating health content",
    f"{_NHS}/content/standard-for-creating-health-content",
)
NHS_TEXTAREA = Basis("NHS service manual: textarea", f"{_NHS}/design-system/components/textarea")
NHS_UP_TO_DATE = Basis(
    "NHS service manual: know that a page is up to date",
    f"{_NHS}/design-system/patterns/know-that-a-page-is-up-to-date",
)
NSPA = Basis(
    "National Suicide Prevention Alliance: responding to suicidal content online",
    "https://nspa.org.uk/",
)
PIF_TICK = Basis("PIF TICK, criterion 4: the use of evidence", "https://piftick.org.uk/")
SAMARITANS_MEDIA = Basis(
    "Samaritans' media guidelines for reporting suicide", f"{_SAMARITANS}/media-guidelines/"
)
SAMARITANS_ONLINE = Basis(
    "Samaritans' guidance on self-harm and suicide content online, 2020",
    f"{_SAMARITANS}/research-policy/internet-suicide/guidelines-tech-industry/",
)
WCAG_ALT = Basis("WCAG 2.2, 1.1.1: text for images", f"{_WCAG}#non-text-content")
WCAG_HEADINGS = Basis("WCAG 2.2, 2.4.6: headings and labels", f"{_WCAG}#headings-and-labels")
WCAG_LINKS = Basis("WCAG 2.2, 2.4.4: link purpose", f"{_WCAG}#link-purpose-in-context")
WCAG_READING = Basis("WCAG 2.2, 3.1.5: reading level", f"{_WCAG}#reading-level")
WCAG_STRUCTURE = Basis(
    "WCAG 2.2, 1.3.1: information and relationships", f"{_WCAG}#info-and-relationships"
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="S1",
        title="Risks stand where uses or benefits stand",
        severity=Severity.BLOCK,
        basis=(CFR_BALANCE,),
        judge=balance.risks_beside_benefits,
        page_types=WITH_BODY,
    ),
    Rule(
        id="S2",
        title="Risks are in plain sight, and told as fully as benefits",
        severity=Severity.WARN,
        basis=(
            CFR_PROMINENCE,
            FDA_RISK,
        ),
        judge=balance.risks_in_plain_sight,
        page_types=ARTICLES,
    ),
    Rule(
        id="S3",
        title="Every use and benefit has a source, and an article has several",
        severity=Severity.BLOCK,
        basis=(
            CFR_EVIDENCE,
            HONCODE,
            PIF_TICK,
        ),
        judge=evidence.claims_have_sources,
        page_types=ARTICLES,
    ),
    Rule(
        id="S4",
        title="A source can be checked, and is not old or gone",
        severity=Severity.BLOCK,
        basis=(
            DISCERN,
            NHS_STANDARD,
        ),
        judge=evidence.sources_can_be_checked,
        page_types=ARTICLES,
        turning_days=evidence.days_of_sources,
    ),
    Rule(
        id="S5",
        title="The review is dated, and the next one is not overdue",
        severity=Severity.BLOCK,
        basis=(
            NHS_STANDARD,
            NHS_UP_TO_DATE,
        ),
        judge=review.review_is_dated,
        page_types=ARTICLES,
        turning_days=review.days_of_review,
    ),
    Rule(
        id="S6",
        title="A named clinician who did not write it approved these words",
        severity=Severity.BLOCK,
        basis=(
            NHS_STANDARD,
            HONCODE,
        ),
        judge=review.reviewer_is_somebody_else,
        page_types=ARTICLES,
    ),
    Rule(
        id="S7",
        title="A medicine that the law restricts is not offered",
        severity=Severity.BLOCK,
        basis=(
            HMR_284,
            CAP_12,
            BLUE_GUIDE,
        ),
        judge=law.sells_nothing_restricted,
        page_types=WITH_BODY,
    ),
    Rule(
        id="S8",
        title="A controlled drug says so near the top, with help",
        severity=Severity.BLOCK,
        basis=(
            ACMD,
            FRANK,
        ),
        judge=law.controlled_drugs_say_so,
        page_types=ARTICLES,
    ),
    Rule(
        id="S9",
        title="No words, links or handles of sellers",
        severity=Severity.BLOCK,
        basis=(
            HMR_284,
            CAP_12,
        ),
        judge=law.no_words_of_sellers,
    ),
    Rule(
        id="S10",
        title="A reader in a crisis finds a helpline, and no method",
        severity=Severity.BLOCK,
        basis=(
            SAMARITANS_ONLINE,
            SAMARITANS_MEDIA,
        ),
        judge=help.crises_have_a_helpline,
    ),
    Rule(
        id="S11",
        title="A helpline is complete and was checked",
        severity=Severity.WARN,
        basis=(SAMARITANS_ONLINE,),
        judge=help.helplines_are_checked,
        turning_days=help.days_of_helplines,
    ),
    Rule(
        id="S12",
        title="A use without a licence says so, and is not the first",
        severity=Severity.BLOCK,
        basis=(
            CFR_EVIDENCE,
            BLUE_GUIDE,
            FDA_KETAMINE,
        ),
        judge=balance.unlicensed_uses_say_so,
        page_types=ARTICLES,
    ),
    Rule(
        id="S13",
        title="No absolute or promotional words",
        severity=Severity.BLOCK,
        basis=(
            HMR_286,
            BLUE_GUIDE,
        ),
        judge=words.nothing_is_promised,
    ),
    Rule(
        id="S14",
        title="A number says of how many",
        severity=Severity.WARN,
        basis=(
            NHS_LITERACY,
            GRADE,
        ),
        judge=evidence.numbers_have_a_base,
        page_types=ARTICLES,
    ),
    Rule(
        id="S15",
        title="The text is easy to read",
        severity=Severity.WARN,
        basis=(
            NHS_LITERACY,
            WCAG_READING,
        ),
        judge=words.text_is_easy_to_read,
    ),
    Rule(
        id="S16",
        title="Headings are in order",
        severity=Severity.BLOCK,
        basis=(
            WCAG_STRUCTURE,
            WCAG_HEADINGS,
            NHS_CALLOUT,
        ),
        judge=form.headings_are_in_order,
    ),
    Rule(
        id="S17",
        title="Images are described",
        severity=Severity.BLOCK,
        basis=(
            WCAG_ALT,
            NHS_IMAGES,
        ),
        judge=form.images_are_described,
    ),
    Rule(
        id="S18",
        title="Links say where they lead",
        severity=Severity.WARN,
        basis=(WCAG_LINKS,),
        judge=form.links_say_where_they_lead,
    ),
    Rule(
        id="S19",
        title="Notices, cards, terms and lists of advice keep their form",
        severity=Severity.WARN,
        basis=(
            NHS_DO_DONT,
            NHS_CARE_CARDS,
            NHS_CALLOUT,
        ),
        judge=form.notices_keep_their_form,
    ),
    Rule(
        id="S20",
        title="A page about a medicine has its legal status and every section",
        severity=Severity.BLOCK,
        basis=(
            NHS_MEDICINES,
            HMR_SCHEDULE_27,
        ),
        judge=whole.medicines_have_their_sections,
        page_types=ARTICLES,
    ),
    Rule(
        id="S21",
        title="Readers learn where to report a side effect",
        severity=Severity.WARN,
        basis=(ABPI,),
        judge=help.side_effects_can_be_reported,
        page_types=ARTICLES,
    ),
    Rule(
        id="S22",
        title="Funding and conflicts of interest are told",
        severity=Severity.BLOCK,
        basis=(
            NHS_STANDARD,
            HONCODE,
        ),
        judge=whole.interests_are_told,
        page_types=ARTICLES,
    ),
    Rule(
        id="S23",
        title="The site says that it does not replace advice",
        severity=Severity.BLOCK,
        basis=(HONCODE,),
        judge=whole.advice_is_not_replaced,
        page_types=ARTICLES,
    ),
    Rule(
        id="S24",
        title="Comments are shown because a person decided so",
        severity=Severity.BLOCK,
        basis=(
            NHS_TEXTAREA,
            NSPA,
        ),
        judge=comments.people_decide_on_comments,
        page_types=ARTICLES,
    ),
)
