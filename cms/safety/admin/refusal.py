"""What stands above a refused form: all that is to be mended, each with a way to its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from wagtail.admin import messages
from wagtail.blocks import StreamValue

from cms.core.stream_faults import faults_in
from cms.safety.admin.forms import PUBLISH_BUTTON, SUBMIT_BUTTON, JudgedPageForm
from cms.safety.admin.shown import path_in_form

DONE = {PUBLISH_BUTTON: "published", SUBMIT_BUTTON: "submitted"}


@dataclass(frozen=True, slots=True)
class Line:
    """``path`` is the place in the form, as ``shown.path_in_form`` says it."""

    words: str
    path: str = ""


def is_refused(form: JudgedPageForm) -> bool:
    """Whether it was sent to go live, or to be reviewed, and came back."""
    return bool(form.errors) and any(button in form.data for button in DONE)


def tell(request: HttpRequest, form: JudgedPageForm) -> None:
    done = next(done for button, done in DONE.items() if button in form.data)
    only_rules = not set(form.errors) - {NON_FIELD_ERRORS}
    how = "save it as a draft, and mend this first." if only_rules else "mend this first."
    items = format_html_join("", "<li>{}</li>", ((_linked(line),) for line in lines_of(form)))
    messages.error(
        request,
        format_html("Not {}. What you typed is here: {}<ul>{}</ul>", done, how, items),
    )


def lines_of(form: JudgedPageForm) -> Iterator[Line]:
    """What the fields refuse, then what the rules do."""
    of_rules = form.refused_by_rules
    for name, errors in form.errors.items():
        for error in errors.as_data():
            if name != NON_FIELD_ERRORS:
                yield from _of_field(form, name, error)
            else:
                said = set(of_rules.values())
                yield from (Line(words) for words in error.messages if words not in said)
    for finding, words in of_rules.items():
        yield Line(words, path_in_form(finding))


def _of_field(form: JudgedPageForm, name: str, error: ValidationError) -> Iterator[Line]:
    label = form.fields[name].label or name
    stream = getattr(form.as_typed, name, None)
    for trail, message in faults_in(error):
        if not isinstance(stream, StreamValue) or not trail or int(trail[0]) >= len(stream):
            yield Line(f"{label}: {message}", name)
            continue
        part = stream[int(trail[0])]
        place = f"{label}, part {int(trail[0]) + 1} ({part.block.label})"
        yield Line(f"{place}: {message}", f"{name}.{part.id}" if part.id else name)


def _linked(line: Line) -> str:
    """The script of the panel opens the place; without it the form stays as it is."""
    if not line.path:
        return line.words
    return format_html(
        '<a href="#:w:contentpath={}" data-path="{}">{}</a>', line.path, line.path, line.words
    )
