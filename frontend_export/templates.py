"""A theme's templates become text. The only module that knows Jinja.

Jinja compiles a template into code for any program. A theme prints text, looks into values as
JSON has them and calls plain functions, some hundreds of times on every page; where Jinja lets
an environment say how these three are done, they are done here with less. What a template
means stays what Jinja says, ``StrictUndefined`` and escaping included. A message is looked up
when its template is compiled, once for each language, and costs a page nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import cycle
from pathlib import Path
from traceback import extract_tb
from typing import Any, ClassVar

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from frontend_export.errors import ContentError
from frontend_export.words import VALUE, Words

PARTIALS = "_partials.html"
REMEMBERED_PARTIALS = 1024

# What a template that meets unexpected content can raise, beside Jinja's own errors.
_FAULTS = (
    *(TemplateError, TypeError, ValueError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError),
)


class Templates:
    """The templates in ``folders``, in one language; where two have one name, that of the earlier
    folder."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        filters: Mapping[str, Callable[..., Any]],
        names: Mapping[str, Any],
        fingerprint: str,
        words: Words | None = None,
    ) -> None:
        """``names`` are what every template knows, beside ``partial``.

        ``fingerprint`` changes when anything but a template or ``names`` could change a byte.
        """
        self.words = words or Words()
        self._environment = _Environment(
            self.words,
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_nothing_for_none,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            bytecode_cache=_compiled_before(f"{fingerprint}-{self.words.fingerprint}"),
            cache_size=-1,
        )
        self._environment.filters |= {
            **filters,
            "long_date": self.words.long_date,
            "number": self.words.number,
        }
        self._environment.globals |= {**names, "partial": self.partial}
        self._names = dict(self._environment.globals)
        self._partial = lru_cache(REMEMBERED_PARTIALS)(self.macro)
        self.word = lru_cache(REMEMBERED_PARTIALS)(self._word)
        # Jinja's own list says nothing of a folder that could not be opened.
        self.all = frozenset(
            path.relative_to(folder).as_posix()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
        )

    def load(self) -> None:
        """All of them, so that processes forked from this one have them. One that cannot be
        compiled is named when it is asked for."""
        for name in sorted(self.all):
            with suppress(TemplateError):
                self._environment.get_template(name)

    def filled(self, variables: Mapping[str, Any], what: Callable[[], str]) -> Filling:
        """Templates that print these values, and know what every template knows.

        ``what`` says in words what is being rendered, where it cannot be.
        """
        return Filling(self._environment, _Known({**self._names, **variables}), what)

    def partial(self, name: str, *arguments: Any) -> Markup:
        """What the macro of that name in ``_partials.html`` says of these values.

        A macro sees nothing but its arguments, so equal ones are answered from memory.
        """
        try:
            return self._partial(name, *arguments)
        except TypeError:  # an argument that cannot be hashed
            return self.macro(name, *arguments)

    def picture(self, image: Any, alt: str) -> str:
        """The theme's ``picture`` macro, for images inside rich text. Raises ``ContentError``."""
        return self._asked_by_code("a picture", "picture", image, alt)

    def _word(self, name: str, code: str) -> str:
        """What the theme calls a code, ``("country", "GB")``, as plain text."""
        return self._asked_by_code(f"the {name} '{code}'", name, code).striptags()

    def _asked_by_code(self, what: str, name: str, *arguments: Any) -> Markup:
        """A partial that no template asks for, whose fault would be told of none."""
        try:
            try:
                return self.partial(name, *arguments)
            except Exception:
                self._environment.handle_exception()  # as below
        except _FAULTS as error:
            raise _refused(PARTIALS, what, error) from error

    def macro(self, name: str, *arguments: Any) -> Markup:
        """The same, for what will hardly be asked again."""
        partials = self._environment.get_template(PARTIALS).module
        return Markup(getattr(partials, name)(*arguments))  # noqa: S704 - an autoescaped macro


class Filling:
    """Fills one template after the other with the same values.

    Whoever has it may change ``variables`` in between.
    """

    def __init__(
        self, environment: Environment, variables: dict[str, Any], what: Callable[[], str]
    ) -> None:
        self.variables = variables
        self._environment = environment
        self._context = _Context(environment, variables, None, {})
        self._what = what

    def text(self, name: str) -> str:
        """The text of a template. Raises ``ContentError``."""
        environment, context = self._environment, self._context
        try:
            template = environment.get_template(name)
            # What Template.render() does, without a copy of all variables for each template.
            if template.blocks or context.blocks or context.vars:
                context = self._context = _Context(
                    environment, self.variables, name, template.blocks
                )
            try:
                return "".join(template.root_render_func(context))
            except Exception:
                environment.handle_exception()  # raises it again, with the template's lines
        except _FAULTS as error:
            raise _refused(name, self._what(), error) from error


class _Code(CodeGenerator):
    """Code that writes a value by one call instead of three, and a template's text in one piece.

    Jinja's own yields each piece, through every template around it. Keys of stored content are
    looked up in place; an included template sees the same names without a copy of them.
    """

    _is_gathered = True
    _looked_up = 0

    def visit_Template(  # noqa: N802
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        # Jinja yields what is included without context past any list.
        self._is_gathered = all(one.with_context for one in node.find_all(nodes.Include))
        super().visit_Template(node, frame)

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("written, call = environment.written, environment.plain_call")

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        if frame.parent is None and self._is_gathered:
            self.buffer(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        super().leave_frame(frame, with_python_scope)
        if frame.parent is None and self._is_gathered:
            self.writeline(f"yield concat({frame.buffer})")

    def visit_Call(  # noqa: N802
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """No function of a theme asks for Jinja's context, which Jinja's own would offer it."""
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        self._looked_up += 1
        name = f"looked_up_{self._looked_up}"
        self.write(f"({name}[{node.attr!r}] if type({name} := ")
        self.visit(node.node, frame)
        self.write(f") is dict and {node.attr!r} in {name} ")
        self.write(f"else environment.getattr({name}, {node.attr!r}))")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802
        is_plain = isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)
        if frame.buffer is None or node.ignore_missing or not node.with_context or not is_plain:
            super().visit_Include(node, frame)
            return
        self.writeline("template = environment.get_template(", node)
        self.visit(node.template, frame)
        self.write(f", {self.name!r})")
        names = self.dump_local_context(frame)
        self.writeline(
            f"{frame.buffer}.extend(template.root_render_func(context.lent(template, {names})))"
        )

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if not _is_escaped(frame):
            super()._output_child_pre(node, frame, finalize)
        elif isinstance(node, nodes.Call):  # most of what functions answer is HTML already
            self.write("(answer if type(answer := ")
        else:
            self.write("written(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_escaped(frame):
            is_call = isinstance(node, nodes.Call)
            self.write(") is Markup else written(answer))" if is_call else ")")
        else:
            super()._output_child_post(node, frame, finalize)


class _Known(dict[str, Any]):
    """Names and what they mean; of any other name, what Jinja takes for unknown."""

    def __missing__(self, name: str) -> Any:
        return missing


class _Context(Context):
    """Jinja's, made with less ado: nothing is imported with it, so it need not know globals.

    What hardly any template asks for is made when one does.
    """

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Any],
        globals: Any = None,
    ) -> None:
        self.parent = parent
        self.vars = {}
        self.environment = environment
        self.name = name
        self.blocks = {name: [block] for name, block in blocks.items()} if blocks else {}

    @cached_property
    def eval_ctx(self) -> nodes.EvalContext:  # type: ignore[override]
        return nodes.EvalContext(self.environment, self.name)

    @cached_property
    def exported_vars(self) -> set[str]:  # type: ignore[override]
        return set()

    @cached_property
    def globals_keys(self) -> set[str]:  # type: ignore[override]
        return set()

    @property
    def resolve_or_missing(self) -> Callable[[str], Any]:
        if self.vars or type(self.parent) is not _Known:
            return super().resolve_or_missing
        return self.parent.__getitem__

    def lent(self, template: Template, names: dict[str, Any]) -> Context:
        """For a template that is included where ``names`` are set."""
        if template.blocks:
            return template.new_context(self.get_all(), True, names)
        context = _Context(self.environment, self.parent, template.name, {})
        context.vars = {name: value for name, value in names.items() if value is not missing}
        if self.vars:
            context.vars = {**self.vars, **context.vars}
        return context


class _InWords(NodeTransformer):
    """Puts the words of a language in the place of messages."""

    _takes_context: ClassVar[dict[str, bool]] = {"_": False, "gettext": False, "pgettext": True}

    def __init__(self, words: Words, name: str | None) -> None:
        self._words = words
        self._name = name

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """What is printed is printed piece by piece, as if it stood in the template so."""
        printed: list[nodes.Expr] = []
        for one in node.nodes:
            pieces = self._pieces(one) if isinstance(one, nodes.Call) else None
            printed += [self.visit(one)] if pieces is None else pieces
        node.nodes = printed
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        pieces = self._pieces(node)
        if pieces is None:
            return self.generic_visit(node)
        return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)

    def _pieces(self, call: nodes.Call) -> list[nodes.Expr] | None:
        """The text and the values of a message; None where it is none, or needs a number first."""
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        constants = [one.value for one in call.args if isinstance(one, nodes.Const)]
        if name not in self._takes_context or len(constants) != 1 + self._takes_context[name]:
            return None
        messages = self._words.messages
        said = messages.pgettext(*constants) if len(constants) > 1 else messages.gettext(*constants)
        values = {one.key: self.visit(one.value) for one in call.kwargs}
        for value in set(VALUE.findall(said)) - values.keys():
            raise TemplateSyntaxError(
                f"the message '{constants[-1]}' is not told what '{value}' is",
                call.lineno,
                self._name,
            )
        # Text and the names of values take turns.
        return [
            values[part]
            if is_value
            else nodes.TemplateData(part.replace("%%", "%"), lineno=call.lineno)
            for part, is_value in zip(VALUE.split(said), cycle((False, True)), strict=False)
            if part or is_value
        ] or [nodes.TemplateData("")]


class _Environment(Environment):
    """Jinja, in which ``value.items`` is the key of stored content before it is a method."""

    code_generator_class = _Code
    context_class = _Context
    plain_call: ClassVar[Callable[..., Any]] = operator.call

    def __init__(self, words: Words, **options: Any) -> None:
        super().__init__(**options, extensions=[InternationalizationExtension])
        self.newstyle_gettext = True  # a message shows its values, and they are escaped
        self.globals |= {"ngettext": self._counted, "npgettext": self._counted_in_context}
        self._words = words
        self._loaded: dict[str | Template, Template] = {}

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        said = _InWords(self._words, name).visit(source)
        return super()._generate(said, name, filename, defer_init)

    def _counted(self, singular: str, plural: str, count: int, **values: Any) -> Markup:
        """The form of a message that goes with so many."""
        return Markup(self._words.messages.ngettext(singular, plural, count)) % values  # noqa: S704 - of the theme

    def _counted_in_context(
        self, context: str, singular: str, plural: str, count: int, **values: Any
    ) -> Markup:
        messages = self._words.messages
        return Markup(messages.npgettext(context, singular, plural, count)) % values  # noqa: S704 - of the theme

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        value = getattr(obj, attribute, missing)
        return super().getattr(obj, attribute) if value is missing else value

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: Any = None
    ) -> Template:
        found = self._loaded.get(name)
        if found is None:
            try:
                found = self._loaded[name] = super().get_template(name, parent, globals)
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                raise TemplateSyntaxError("it is not UTF-8", line, str(name)) from error
        return found

    @staticmethod
    def written(value: object) -> str:
        """What is printed of a value: escaped, and nothing of what is not there."""
        if type(value) is str:
            if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
                return escape(value)
            return value
        if type(value) is Markup:
            return value
        if type(value) is int:
            return str(value)
        return escape(_nothing_for_none(value))


class _Compiled(FileSystemBytecodeCache):
    """Keeps compiled templates for the next process, in Jinja's own folder of this user."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # it is compiled again
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled_before(fingerprint: str) -> _Compiled | None:
    """What the same code made for the same address: Jinja works out at once what it can, such as
    a filter of a constant."""
    try:
        return _Compiled(pattern=f"plainleaf-{fingerprint}-%s.cache")
    except (OSError, RuntimeError):  # there is no folder that is this user's alone
        return None


def _is_escaped(frame: Frame) -> bool:
    return frame.eval_ctx.autoescape and not frame.eval_ctx.volatile


def _nothing_for_none(value: Any) -> Any:
    """An unfinished draft has values that are absent; none of them is the word "None"."""
    return "" if value is None else value


def _refused(name: str, what: str, error: Exception) -> ContentError:
    reason = str(error).rstrip(".")
    if isinstance(error, TemplateNotFound):
        reason = f"there is no template '{error.name}'"
    elif isinstance(error, TemplateSyntaxError):
        reason = str(error.message).rstrip(".")
    elif isinstance(error, RecursionError):
        reason = "it comes to itself again, as one does that extends or includes itself"
    return ContentError(
        f"Template '{name}' could not render {what}: {_place_of(error, name)}: {reason}. "
        "Mend the template, or the content it met."
    )


def _place_of(error: Exception, name: str) -> str:
    """Where in the templates an error arose, as ``"'blocks/risks.html', line 3"``."""
    if isinstance(error, TemplateSyntaxError):
        return f"'{error.name}', line {error.lineno}"
    for frame in reversed(extract_tb(error.__traceback__)):
        _, separator, template = frame.filename.partition("/templates/")
        if separator:
            return f"'{template}', line {frame.lineno}"
    return f"'{name}'"
