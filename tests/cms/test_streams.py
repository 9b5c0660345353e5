import json
import threading

import pytest
from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import get_page_models

from cms.core.streams import SharedStreamBlock, unknown_parts


class PausedBlock(blocks.CharBlock):
    """Its check goes on when ``may_go_on`` is set."""

    is_checked = threading.Event()
    may_go_on = threading.Event()

    def clean(self, value):
        self.is_checked.set()
        assert self.may_go_on.wait(10)
        return super().clean(value)


class Paragraphs(SharedStreamBlock):
    paused = PausedBlock()
    text = blocks.CharBlock()


def test_page_published_while_a_draft_is_saved_is_checked_in_full():
    stream = Paragraphs()
    draft = stream.to_python([{"type": "paused", "value": ""}])
    page = stream.to_python([{"type": "text", "value": ""}])
    outcomes = []

    def publish():
        try:
            stream.clean(page)
        except ValidationError:
            outcomes.append("refused")
        else:
            outcomes.append("published")

    saving = threading.Thread(target=stream.clean_deferred, args=[draft])
    publishing = threading.Thread(target=publish)
    saving.start()
    assert PausedBlock.is_checked.wait(10)
    publishing.start()
    publishing.join(0.2)
    assert outcomes == []
    PausedBlock.may_go_on.set()
    saving.join(10)
    publishing.join(10)
    assert outcomes == ["refused"]


@pytest.mark.parametrize("model", get_page_models())
def test_every_stream_of_a_page_may_be_saved_by_several_at_once(model):
    streams = [field for field in model._meta.fields if isinstance(field, StreamField)]
    assert all(isinstance(field.stream_block, SharedStreamBlock) for field in streams)


@pytest.mark.parametrize("form", [list, json.dumps], ids=["column", "revision"])
def test_part_that_a_stream_does_not_know_stays_where_it_is_stored(form):
    known = [{"type": "text", "value": word, "id": word} for word in ("one", "two")]
    unknown = {"type": "hologram", "value": 1, "id": "x"}
    stored = [known[0], unknown, known[1]]
    stream = Paragraphs().to_python(form(stored))
    assert [part.value for part in stream] == ["one", "two"]
    assert unknown_parts(stream) == [(2, unknown)]
    assert Paragraphs().get_prep_value(stream) == stored
    assert unknown_parts(Paragraphs().to_python(form(known))) == ()
