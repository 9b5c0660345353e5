"""A blog as many are: written for a Wagtail of its own, with the stock API beside it."""

from django.db import models
from modelcluster.fields import ParentalKey
from rest_framework.fields import CharField
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.embeds.blocks import EmbedBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.api.fields import ImageRenditionField
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.models import Orderable, Page
from wagtail.snippets.blocks import SnippetChooserBlock
from wagtail.snippets.models import register_snippet


@register_snippet
class Author(models.Model):
    name = models.CharField(max_length=80)

    api_fields = [APIField("name")]

    def __str__(self):
        return self.name


class ShownImageBlock(ImageChooserBlock):
    """As the documentation of Wagtail's API tells one to do it."""

    def get_api_representation(self, value, context=None):
        if value is None:
            return None
        rendition = value.get_rendition("width-300")
        return {
            "id": value.id,
            "title": value.title,
            "large": {
                "src": rendition.url,
                "width": rendition.width,
                "height": rendition.height,
                "alt": "The large one",
            },
        }


class CardBlock(blocks.StructBlock):
    heading = blocks.CharBlock()
    photo = ImageChooserBlock(required=False)
    side_effects = blocks.RichTextBlock(required=False)
    minutes = blocks.IntegerBlock(required=False)
    is_new = blocks.BooleanBlock(required=False)
    link = blocks.StructBlock(
        [
            ("text", blocks.CharBlock(required=False)),
            ("page", blocks.PageChooserBlock(required=False)),
            ("url", blocks.URLBlock(required=False)),
        ],
        required=False,
    )


class Body(blocks.StreamBlock):
    heading = blocks.CharBlock()
    paragraph = blocks.RichTextBlock()
    image = ImageChooserBlock()
    shown_image = ShownImageBlock()
    picture = ImageBlock()
    gallery = blocks.ListBlock(ImageChooserBlock())
    slides = blocks.ListBlock(
        blocks.StructBlock([("photo", ImageChooserBlock()), ("caption", blocks.CharBlock())])
    )
    steps = blocks.ListBlock(blocks.CharBlock())
    card = CardBlock()
    quote = blocks.BlockQuoteBlock()
    table = TableBlock()
    doses = TypedTableBlock(
        [("text", blocks.CharBlock()), ("number", blocks.IntegerBlock())], required=False
    )
    attachment = DocumentChooserBlock()
    related = blocks.PageChooserBlock()
    author = SnippetChooserBlock(Author)
    video = EmbedBlock()
    day = blocks.DateBlock()
    raw = blocks.RawHTMLBlock()
    columns = blocks.StreamBlock([("text", blocks.RichTextBlock()), ("image", ImageChooserBlock())])


class BlogIndexPage(Page):
    intro = RichTextField(blank=True)

    api_fields = [APIField("intro")]
    content_panels = Page.content_panels + [FieldPanel("intro")]


class BlogPage(Page):
    date = models.DateField("Post date")
    summary = RichTextField(blank=True)
    header_image = models.ForeignKey(
        "wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    leaflet = models.ForeignKey(
        "wagtaildocs.Document", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    see_also = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    writer = models.ForeignKey(
        Author, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_featured = models.BooleanField(default=False)
    editors_note = models.TextField(blank=True)  # not in the API: it does not exist for anybody
    body = StreamField(Body(), blank=True)

    api_fields = [
        APIField("date"),
        APIField("summary"),
        APIField("header_image"),
        APIField(
            "header_image_small",
            serializer=ImageRenditionField("max-165x165", source="header_image"),
        ),
        APIField("leaflet"),
        APIField("see_also"),
        APIField("writer"),
        APIField("writer_name", serializer=CharField(source="writer.name", default="")),
        APIField("is_featured"),
        APIField("body"),
        APIField("gallery_images"),
        APIField("expire_at"),
    ]


class BlogPageGalleryImage(Orderable):
    page = ParentalKey(BlogPage, on_delete=models.CASCADE, related_name="gallery_images")
    image = models.ForeignKey("wagtailimages.Image", on_delete=models.CASCADE, related_name="+")
    caption = models.CharField(blank=True, max_length=250)

    api_fields = [APIField("image"), APIField("caption")]


class PlainPage(Page):
    """A page whose body is one rich text, as in Wagtail's tutorial."""

    body = RichTextField(blank=True)

    api_fields = [APIField("body")]
