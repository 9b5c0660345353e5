"""The body of any page, and that of a page that is no article."""

from typing import Any

from wagtail import blocks

from cms.articles.blocks import help, medicine, text
from cms.articles.blocks.shared import TEXT, TEXT_FEATURES
from cms.core.streams import SharedStreamBlock
from cms.safety.rules.balance import ABOUT_A_MEDICINE

PICTURE_TEMPLATE = "articles/block_picture.html"


class BodyBlock(SharedStreamBlock):
    """The picker shows a picture of each part, taken of the theme: see ``block_picture.html``."""

    heading = text.HeadingBlock()
    rich_text = blocks.RichTextBlock(
        features=TEXT_FEATURES,
        max_length=20000,
        icon="pilcrow",
        group=TEXT,
        label="Text",
        description="Paragraphs and lists, with bold, italic and links.",
        help_text="Short sentences and short paragraphs. Explain a medical word where it is used.",
    )
    image = text.ImageWithCaptionBlock()
    table = text.TableBlock()
    inset = text.InsetBlock()
    details = text.DetailsBlock()
    faq = text.FaqBlock()
    glossary_term = text.GlossaryTermBlock()
    video = text.VideoBlock()
    conclusion = text.ConclusionBlock()
    medicine_facts = medicine.MedicineFactsBlock()
    medical_uses = medicine.MedicalUsesBlock()
    benefits = medicine.BenefitsBlock()
    risks = medicine.RisksBlock()
    suitability = medicine.SuitabilityBlock()
    how_used = medicine.HowUsedBlock()
    interactions = medicine.InteractionsBlock()
    pregnancy = medicine.PregnancyBlock()
    overdose = medicine.OverdoseBlock()
    driving = medicine.DrivingBlock()
    risk_callout = help.RiskCalloutBlock()
    care_card = help.CareCardBlock()
    do_dont = help.DoDontBlock()
    helpline = help.HelplineBlock()
    next_step = help.NextStepBlock()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in self.child_blocks.values():
            part.meta.preview_template = PICTURE_TEMPLATE

    class Meta:
        block_counts = {
            name: {"max_num": 1}
            for name in (
                "conclusion",
                "medicine_facts",
                "suitability",
                "how_used",
                "interactions",
                "pregnancy",
                "overdose",
                "driving",
            )
        }


class PlainBodyBlock(BodyBlock):
    """What an article says about a medicine is not offered: nobody reviews it here.

    The parts are known all the same, so that a page which has one from before does not lose its
    text; the safety rules tell where it belongs.
    """

    class Meta:
        block_counts = {
            "conclusion": {"max_num": 1},
            **{name: {"max_num": 0} for name in ABOUT_A_MEDICINE},
        }
