"""Phrases are found in a text by its words, in one walk over them.

Words are compared whole, so that a phrase never matches inside of a longer word, and what stands
between two words (spaces, line ends, punctuation) does not matter.

The phrases become a graph whose steps are words. What a word leads to from several places of the
graph at once is worked out when a text first asks for it, and kept: the time a text takes grows
with its length, and hardly with the number of phrases.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from cms.core.normalise import Word, normalise, words

MOST_WORDS_BETWEEN = 3  # in a row, as in "I just really, really want to"
MOST_STATES = 50_000  # kept; more are only met by texts made to be met

Label = TypeVar("Label", bound=Hashable)


class Phrase(NamedTuple, Generic[Label]):
    """A phrase that was found; ``start`` and ``end`` are in the normalised text."""

    label: Label
    start: int
    end: int


class Place(Generic[Label]):
    """A place in the graph: where words lead from here, and which phrases end here."""

    __slots__ = ("ends", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, list[Place[Label]]] = {}
        self.ends: set[Label] = set()


class State(Generic[Label]):
    """All places where the words since some start may have led, with the words skipped there."""

    __slots__ = ("ends", "next", "places")

    def __init__(self, places: frozenset[tuple[Place[Label], int]]) -> None:
        self.places = places
        self.ends = frozenset(end for place, skipped in places if not skipped for end in place.ends)
        self.next: dict[str, State[Label] | None] = {}


class Phrases(Generic[Label]):
    """Labelled phrases, ready to be found.

    In a phrase ``|`` is a choice of words, ``?`` behind a word or choice means that it may be
    left out, and ``_`` is a space inside of a choice: ``"i|we want to? go_on|stay"``. Up to three
    of the words ``between`` may stand between two words, and ``spellings`` say which word one is
    that people write in a way of their own. A phrase without a letter or a digit finds nothing;
    ``plain`` makes any text one that has no such signs.
    """

    def __init__(
        self,
        phrases: Iterable[tuple[Label, str]],
        *,
        between: Collection[str] = (),
        spellings: Iterable[tuple[str, str]] = (),
    ) -> None:
        root: Place[Label] = Place()
        self._known = {word: word for word in between} | dict(spellings)
        self._between = frozenset(between)
        for label, phrase in phrases:
            for place in self._laid_out(phrase, root):
                place.ends.add(label)
        self._start = State(frozenset({(root, 0)}))
        self._states: dict[frozenset[tuple[Place[Label], int]], State[Label]] = {}

    def find(self, text: Sequence[Word]) -> Iterator[Phrase[Label]]:
        """The longest phrase of each label at each word, in the order of reading."""
        for position, word in enumerate(text):
            state = self._after(self._start, word.text)
            if state is None:
                continue
            found = dict.fromkeys(state.ends, word.end)
            for next_position in range(position + 1, len(text)):
                state = self._after(state, text[next_position].text)
                if state is None:
                    break
                if state.ends:
                    found.update(dict.fromkeys(state.ends, text[next_position].end))
            for label, end in found.items():
                yield Phrase(label, word.start, end)

    def _laid_out(self, phrase: str, root: Place[Label]) -> set[Place[Label]]:
        """Adds the words of ``phrase`` to the graph; the places where it ends."""
        here = {root}
        for choice in phrase.split():
            after: Place[Label] = Place()
            for words_of_choice in choice.removesuffix("?").split("|"):
                chain = [
                    self._known.setdefault(word.text, word.text)
                    for word in words(normalise(words_of_choice).text)
                ]
                places = here
                for word in chain[:-1]:
                    places = {_step(places, word, Place())}
                for word in chain[-1:]:
                    _step(places, word, after)
            here = here | {after} if choice.endswith("?") else {after}
        return here - {root}

    def _after(self, state: State[Label], written: str) -> State[Label] | None:
        word = self._known.get(written)
        if word is None:
            return None
        try:
            return state.next[word]
        except KeyError:
            pass
        places = {
            (following, 0) for place, _ in state.places for following in place.steps.get(word, ())
        }
        if word in self._between and state is not self._start:
            places |= {
                (place, skipped + 1)
                for place, skipped in state.places
                if skipped < MOST_WORDS_BETWEEN
            }
        if len(self._states) > MOST_STATES:
            self._states.clear()
            self._start.next.clear()
        key = frozenset(places)
        after = self._states.setdefault(key, State(key)) if key else None
        state.next[word] = after
        return after


def plain(phrase: str) -> str:
    """``"Free money?"`` becomes ``"free money"``, whose last word may not be left out."""
    return " ".join(word.text for word in words(normalise(phrase).text))


def _step(places: Iterable[Place[Label]], word: str, after: Place[Label]) -> Place[Label]:
    for place in places:
        place.steps.setdefault(word, []).append(after)
    return after
