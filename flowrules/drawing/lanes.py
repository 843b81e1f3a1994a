"""Where everything stands: a lane for each event, and for steps with a name and guard rails.

In a lane stand from left to right what happens, the rules that wait for it, and their steps one below the other; to
the right of a step what is done in another case. Every column is as wide as its boxes, and what stands lower begins
below all that belongs to what stands higher, so that nothing lies over anything else.
"""

from collections.abc import Iterable, Sequence

from flowrules.drawing.picture import Arrow, Box, Picture, Style, box
from flowrules.prose.formats.markdown import TITLE, stopped
from flowrules.prose.page import Branch, EventText, Page, RuleText, StepKind, Told
from flowrules.prose.values import capital

MARGIN = 24
GAP_X = 48
GAP_Y = 22
LANE = 40
"""Between two lanes."""
EVENT_WIDTH = 210
RULE_WIDTH = 270
STEP_WIDTH = 310

_RANKS = {"U": "Urgent.", "A": "In addition.", "T": ""}
_LEGEND = (
    "From left to right: what happens, the rules that wait for it, and their steps. Rules are asked from top to "
    "bottom; a dashed line leads to what is done in another case. A thick frame is an ending: the bot's part of the "
    "call is over."
)


def picture(page: Page) -> Picture:
    return _Drawing(page).picture()


class _Drawing:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.rules = {rule.number: rule for rule in page.rules}
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.y: float = MARGIN

    def picture(self) -> Picture:
        page = self.page
        room = EVENT_WIDTH + RULE_WIDTH + STEP_WIDTH + 2 * GAP_X
        head = [f"Revision {page.revision}, digest {page.digest}.", _LEGEND]
        self._below(self._put(box(MARGIN, self.y, room, Style.PLAIN, head, TITLE)))
        for event in page.events:
            self._event(event)
        self._heading("Steps with a name", page.steps)
        for named in page.steps:
            self._lane(
                box(MARGIN, self.y, EVENT_WIDTH, Style.KNOWN, list(named.lines), named.name), named.steps
            )
        self._heading("Guard rails: they hold for every rule", page.rails)
        for rail in page.rails:
            text = [rail.text + (":" if rail.steps else ".")]
            title = f"{rail.number}. {rail.name}" if rail.name else rail.number
            self._lane(
                box(MARGIN, self.y, EVENT_WIDTH + GAP_X + RULE_WIDTH, Style.KNOWN, text, title),
                rail.steps,
            )
        self._heading("What is promised", page.promises)
        for promise in page.promises:
            room = EVENT_WIDTH + GAP_X + RULE_WIDTH
            text = [promise.text]
            self._lane(box(MARGIN, self.y, room, Style.KNOWN, text, f"{promise.number}. {promise.name}"), ())
        right = max(one.right for one in self.boxes)
        return Picture(right + MARGIN, self.y - LANE + MARGIN, TITLE, tuple(self.boxes), tuple(self.arrows))

    # --- lanes ---

    def _event(self, event: EventText) -> None:
        what = self._put(box(MARGIN, self.y, EVENT_WIDTH, Style.EVENT, [], event.event))
        x, y = what.right + GAP_X, self.y
        before: Box | None = None
        for number in event.rules:
            rule = self.rules[number]
            here = self._rule(rule, x, y, event)
            if before is None:
                self._side(what, here, dashed=False)
            else:
                self._down(before, here, dashed=True)
            bottom = here.bottom if number in event.known else self._steps_of(rule, here)
            before, y = here, max(bottom, here.bottom) + GAP_Y
        self.y = max(what.bottom, y - GAP_Y) + LANE

    def _rule(self, rule: RuleText, x: float, y: float, event: EventText) -> Box:
        title = f"{rule.number}. {rule.name}" if rule.name else f"Rule {rule.number}"
        if rule.number in event.known:
            return self._put(box(x, y, RULE_WIDTH, Style.KNOWN, ["Drawn above."], title, rule.number))
        shown = _RANKS.get(rule.number[0], "")
        rails = f"Guard rails: {', '.join(rule.rails)}." if rule.rails else ""
        promises = f"Promises: {', '.join(rule.promises)}." if rule.promises else ""
        condition = f"If {rule.condition}:" if rule.condition else ""
        waits = f"{rule.event}." if rule.event != event.event else ""
        text = [shown, waits, *rule.limits, *rule.notes, rails, promises, condition]
        return self._put(box(x, y, RULE_WIDTH, Style.RULE, text, title, rule.number))

    def _steps_of(self, rule: RuleText, here: Box) -> float:
        """A rule's steps to its right, and those of its `otherwise` below these."""
        x = here.right + GAP_X
        bottom = self._sequence(rule.steps, x, here.y, here, dashed=False)
        if rule.otherwise is not None:
            bottom = self._case(rule.otherwise, x, bottom + GAP_Y, here)
        return bottom

    def _lane(self, head: Box, steps: Sequence[Told]) -> None:
        self._put(head)
        bottom = self._sequence(steps, head.right + GAP_X, head.y, head, dashed=False)
        self.y = max(head.bottom, bottom) + LANE

    def _heading(self, text: str, some: Iterable[object]) -> None:
        if any(True for _ in some):
            title = self._put(box(MARGIN, self.y, EVENT_WIDTH + RULE_WIDTH + GAP_X, Style.TITLE, [], text))
            self.y = title.bottom + GAP_Y

    # --- steps ---

    def _sequence(self, steps: Sequence[Told], x: float, y: float, source: Box, *, dashed: bool) -> float:
        """Steps one below the other; the first is led to from `source`. Where they end."""
        before: Box | None = None
        bottom = y
        for step in steps:
            here = self._put(box(x, y, STEP_WIDTH, _style(step), [_sentence(step)]))
            if before is not None:
                self._down(before, here, dashed=False)
            elif source.x < x:
                self._side(source, here, dashed=dashed)
            else:
                self._down(source, here, dashed=dashed)
            bottom = here.bottom
            if step.steps:
                end = self._sequence(step.steps, here.right + GAP_X, y, here, dashed=False)
                bottom = max(bottom, end)
            place = bottom + GAP_Y if step.steps else y
            for branch in step.branches:
                end = self._case(branch, here.right + GAP_X, place, here)
                bottom, place = max(bottom, end), end + GAP_Y
            before, y = here, bottom + GAP_Y
        return bottom

    def _case(self, branch: Branch, x: float, y: float, source: Box) -> float:
        """What is done in another case: its words, and its steps below these."""
        head = self._put(box(x, y, STEP_WIDTH, Style.CASE, [f"{capital(branch.when)}:"]))
        self._side(source, head, dashed=True)
        return self._sequence(branch.steps, x, head.bottom + GAP_Y, head, dashed=False)

    # --- boxes and arrows ---

    def _put(self, one: Box) -> Box:
        self.boxes.append(one)
        return one

    def _below(self, one: Box) -> None:
        self.y = one.bottom + LANE

    def _down(self, above: Box, below: Box, *, dashed: bool) -> None:
        x = above.x + 24
        self.arrows.append(Arrow(((x, above.bottom), (x, below.y)), dashed))

    def _side(self, left: Box, right: Box, *, dashed: bool) -> None:
        """From the right side of a box to the left side of another, through the gap between their columns."""
        start, end = left.y + 20, right.y + 20
        if start == end:
            points: tuple[tuple[float, float], ...] = ((left.right, start), (right.x, end))
        else:
            turn = left.right + GAP_X / 2
            points = ((left.right, start), (turn, start), (turn, end), (right.x, end))
        self.arrows.append(Arrow(points, dashed))


def _style(step: Told) -> Style:
    match step.kind:
        case StepKind.ENDING:
            return Style.ENDING
        case StepKind.CHOICE:
            return Style.CASE
        case StepKind.STEP | StepKind.RECORD | StepKind.STEPS:
            return Style.STEP


def _sentence(step: Told) -> str:
    return f"{step.text}:" if step.kind is StepKind.CHOICE else stopped(step.text)
