"""Blocks about a medicine: what it is for, what good and what harm it can do, how to be careful."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.rich_text import get_text_for_indexing

from cms.articles.blocks.shared import MEDICINE, heading, paragraphs, sentences
from cms.core.citations import CitationsBlock
from cms.core.countries import COUNTRIES, HOME


class MedicalUseBlock(blocks.StructBlock):
    term = blocks.CharBlock(max_length=120, help_text="The use in a few words: “Anaesthesia”.")
    text = sentences(1000, "One or two sentences about it: for whom, when, given how.")
    points = blocks.ListBlock(
        blocks.CharBlock(label="Point", max_length=250, help_text="One short sentence."),
        default=[],
        max_num=12,
        help_text="Details that read better as bullets below this use. May stay empty.",
    )
    status = blocks.ChoiceBlock(
        choices=[
            ("licensed", "Licensed: approved for this use"),
            ("off_label", "Off-label: used without approval for this"),
            ("under_study", "Under study: not known yet to work"),
        ],
        default="licensed",
        help_text="Whether the medicine is approved for this use, in the country below.",
    )
    country = blocks.ChoiceBlock(choices=COUNTRIES, default=HOME, help_text="Where that holds.")
    sources = CitationsBlock()

    class Meta:
        icon = "list-ol"
        group = MEDICINE
        label = "Use"
        label_format = "{term}"
        description = "One thing the medicine is used for."


class MedicalUsesBlock(blocks.StructBlock):
    heading = heading("Medical uses", "list")
    introduction = sentences(
        1000, "A sentence or two before the list. May stay empty.", required=False
    )
    items = blocks.ListBlock(
        MedicalUseBlock(),
        min_num=1,
        max_num=20,
        help_text="Shown as a numbered list, in this order: what is licensed first.",
    )

    class Meta:
        icon = "list-ol"
        group = MEDICINE
        label = "Medical uses"
        description = "What the medicine is used for: a numbered list, each with its own bullets."


class BenefitBlock(blocks.StructBlock):
    term = blocks.CharBlock(max_length=120, help_text="The benefit in a few words, shown in bold.")
    text = sentences(1000, "One sentence that explains it.")
    strength = blocks.ChoiceBlock(
        choices=[
            ("high", "High: further research will hardly change it"),
            ("moderate", "Moderate: further research may change it"),
            ("low", "Low: further research is likely to change it"),
            ("very_low", "Very low: it is uncertain"),
        ],
        required=False,
        default="",
        help_text="How sure the evidence is, where a source says so.",
    )
    figure = blocks.CharBlock(
        required=False,
        default="",
        max_length=200,
        help_text="In how many people, as whole numbers: “50 of 100 people, 30 of 100 without it”.",
    )
    sources = CitationsBlock()

    class Meta:
        icon = "plus-inverse"
        group = MEDICINE
        label = "Benefit"
        label_format = "{term}"
        description = "One good the medicine can do."


class BenefitsBlock(blocks.StructBlock):
    heading = heading("Benefits", "list")
    items = blocks.ListBlock(
        BenefitBlock(),
        min_num=1,
        max_num=20,
        help_text="Shown as bullets: a bold term, then its sentence.",
    )

    class Meta:
        icon = "list-ul"
        group = MEDICINE
        label = "Benefits"
        description = "What good the medicine can do: bullets of a bold term and a sentence."


class RiskBlock(blocks.StructBlock):
    term = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="The risk in a few words, shown in bold. May stay empty.",
    )
    text = sentences(1000, "What can happen, how likely it is, and what to do then.")

    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Risk"
        label_format = "{term}"
        description = "One harm the medicine can do."


class RiskGroupBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        choices=[
            ("general", "Risks in general"),
            ("common", "Common side effects"),
            ("serious", "Serious side effects"),
            ("misuse", "Risks of misuse and dependence"),
            ("long_term", "Risks of long use"),
            ("avoid", "Who should not take it"),
        ],
        default="general",
        help_text="What the risks of this group have in common. The page says it above them.",
    )
    frequency = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="How often they happen: “in more than 1 of 100 people”. May stay empty.",
    )
    items = blocks.ListBlock(
        RiskBlock(), min_num=1, max_num=30, help_text="Shown as bullets, the most serious first."
    )
    sources = CitationsBlock()

    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Group of risks"
        description = "Risks of one kind, such as common side effects."


class RisksBlock(blocks.StructBlock):
    heading = heading("Risks and considerations", "list")
    introduction = sentences(
        1000, "What the reader should know before the list: who is at most risk, and why."
    )
    groups = blocks.ListBlock(
        RiskGroupBlock(),
        min_num=1,
        max_num=12,
        help_text="Risks by kind. One group of “risks in general” is enough for a short list.",
    )

    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Risks and considerations"
        description = "What harm the medicine can do: an introduction, and bullets by kind of risk."


def names(label: str, help_text: str) -> blocks.ListBlock:
    return blocks.ListBlock(
        blocks.CharBlock(label=label, max_length=120, help_text="One name."),
        default=[],
        max_num=20,
        help_text=help_text,
    )


class MedicineFactsBlock(blocks.StructBlock):
    generic_name = blocks.CharBlock(
        max_length=120, help_text="The name of the active substance: “ketamine hydrochloride”."
    )
    brand_names = names("Brand name", "The names it is sold under. May stay empty.")
    forms = names("Form", "What it comes as: “tablet”, “nasal spray”. May stay empty.")
    route = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="How it gets into the body: “by mouth”.",
    )
    drug_class = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="The group it belongs to: “SSRI antidepressant”.",
    )

    class Meta:
        icon = "list-ul"
        group = MEDICINE
        label = "Facts about the medicine"
        description = (
            "Its names, forms and class at a glance. The legal status comes from the page."
        )


class SectionBlock(blocks.StructBlock):
    """A section that every medicine page has, or says why not. Its heading is the template's."""

    not_applicable = blocks.BooleanBlock(
        required=False,
        default=False,
        help_text="Tick this where the section does not apply, and give the reason.",
    )
    reason = blocks.CharBlock(
        required=False,
        default="",
        max_length=250,
        help_text="Why it does not apply, for readers: “It is given in hospital only”.",
    )
    text = paragraphs(
        8000, "What the reader must know. The page gives the heading.", required=False
    )
    sources = CitationsBlock()

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        has_text = bool(get_text_for_indexing(cleaned["text"].source).strip())
        if cleaned["not_applicable"] and not cleaned["reason"]:
            raise _error("reason", "Say why this section does not apply.")
        if cleaned["not_applicable"] and has_text:
            raise _error("text", "This section does not apply, but has a text. Remove one.")
        if not cleaned["not_applicable"] and not has_text:
            raise _error("text", "Write the section, or tick that it does not apply.")
        return cleaned


def _error(name: str, message: str) -> blocks.StructBlockValidationError:
    return blocks.StructBlockValidationError(block_errors={name: ValidationError(message)})


class SuitabilityBlock(SectionBlock):
    class Meta:
        icon = "group"
        group = MEDICINE
        label = "Who can and cannot take it"
        description = "For whom the medicine is suitable, and who must not take it."


class HowUsedBlock(SectionBlock):
    class Meta:
        icon = "list-ol"
        group = MEDICINE
        label = "How it is used"
        description = "How and when the medicine is given, in general. No amounts to take."


class InteractionsBlock(SectionBlock):
    class Meta:
        icon = "resubmit"
        group = MEDICINE
        label = "Other medicines, food and alcohol"
        description = "What does not go together with the medicine."


class PregnancyBlock(SectionBlock):
    class Meta:
        icon = "user"
        group = MEDICINE
        label = "Pregnancy and breastfeeding"
        description = "What is known of the medicine in pregnancy and while breastfeeding."


class OverdoseBlock(SectionBlock):
    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Too much of it"
        description = "What to do after too much of the medicine, and how to tell."


class DrivingBlock(SectionBlock):
    class Meta:
        icon = "site"
        group = MEDICINE
        label = "Driving and machines"
        description = "Whether the medicine makes driving unsafe, and what the law says."
