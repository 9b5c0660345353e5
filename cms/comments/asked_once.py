"""What would be asked again for each comment of a batch is asked once.

```python
with asked_once():
    ...  # a function marked @once gives the first answer to each question again
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """For one transaction that changes none of the answers."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Remember answers within ``asked_once``; outside of it, ask each time."""

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        answers = _answers.get()
        if answers is None:
            return function(*args, **kwargs)
        question = (function, args, tuple(sorted(kwargs.items())))
        if question not in answers:
            answers[question] = function(*args, **kwargs)
        known: T = answers[question]
        return known

    return asked
