"""Steps as the planner takes them: names resolved, bodies built where everything in them is literal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, assert_never

from flowrules.analysis.model.dispositions import disposition_choices
from flowrules.analysis.model.verb_fields import (
    Quote,
    as_written,
    destination_fields,
    disposition_field,
    fields_of,
    pairs_of,
    quoted,
)
from flowrules.compiler.compiled_steps import (
    Cap,
    ChosenTarget,
    CompiledAdvise,
    CompiledCallback,
    CompiledDo,
    CompiledFailure,
    CompiledGoOn,
    CompiledIf,
    CompiledRemember,
    CompiledSilence,
    CompiledStep,
    CompiledSteps,
    CompiledStop,
    CompiledVerb,
    CompiledWait,
    OpenField,
)
from flowrules.compiler.guards.conditions import compile_condition
from flowrules.compiler.guards.scope import Scope
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Advise,
    CallbackTime,
    Destination,
    DestinationMap,
    Do,
    Failure,
    Forget,
    GoOn,
    If,
    Kind,
    Literal,
    Name,
    OtherVerb,
    Remember,
    Rule,
    StaySilent,
    Step,
    Stop,
    Target,
    TargetKind,
    VerbStep,
    Wait,
)
from flowrules.language.printer import print_literal
from flowrules.verbs import BY_NAME, Effect, VerbSpec


def compile_steps(
    steps: tuple[Step, ...],
    scope: Scope,
    *,
    file: str,
    rule: Rule | None = None,
    agent_type: str = "agent",
) -> CompiledSteps:
    """Checked steps of a rule, or (`rule` None) of a guard rail, in `file`.

    `agent_type` is what the platform calls a target `agent`: `agent_queue` for tenants whose platform refuses
    `agent`.
    """
    return _Compiler(scope, file, rule, agent_type).sequence(steps)


@dataclass(frozen=True, slots=True)
class _Compiler:
    scope: Scope
    file: str
    rule: Rule | None
    agent_type: str
    named: dict[str, CompiledSteps] = field(default_factory=dict)
    """Named steps that are compiled already; a bare `set_disposition` in them is this rule's."""

    def sequence(self, steps: tuple[Step, ...]) -> CompiledSteps:
        compiled = self._steps(steps, "")
        return CompiledSteps(
            compiled,
            self.file in self.scope.checked.as_written,
            all(map(_is_literal, compiled)),
            _shared(frozenset(word for step in compiled for word in _words(step))),
            any(map(_takes_time, compiled)),
        )

    def _steps(self, steps: tuple[Step, ...], prefix: str) -> tuple[CompiledStep, ...]:
        return tuple(self._step(step, f"{prefix}{number}") for number, step in enumerate(steps, start=1))

    def _step(self, step: Step, at: str) -> CompiledStep:
        match step:
            case VerbStep():
                return self._verb(step, at)
            case OtherVerb():
                return self._other_verb(step, at)
            case Do(name):
                return CompiledDo(at, name.text, self._named(name))
            case If(condition, steps, otherwise):
                return CompiledIf(
                    at,
                    compile_condition(condition, self.scope),
                    self._steps(steps, f"{at}.then."),
                    self._steps(otherwise, f"{at}.otherwise."),
                )
            case Wait(duration):
                return CompiledWait(at, _seconds(duration))
            case Remember(name, value):
                length = print_literal(value) if value.kind is Kind.DURATION else ""
                return CompiledRemember(at, name.key, quoted(value), length)
            case Forget(name):
                return CompiledRemember(at, name.key, None)
            case Advise(text):
                words = quoted(text)
                return CompiledAdvise(at, words if isinstance(words, Quote) else str(words))
            case StaySilent():
                return CompiledSilence(at)
            case Stop():
                return CompiledStop(at)
            case GoOn():
                return CompiledGoOn(at)

    def _named(self, name: Name) -> CompiledSteps:
        steps = self.named.get(name.key)
        if steps is None:
            steps = self.named[name.key] = self.sequence(self.scope.checked.steps[name.key].steps)
        return steps

    # --- verbs ---

    def _verb(self, step: VerbStep, at: str) -> CompiledVerb:
        spec = BY_NAME[step.verb]
        arguments = {argument.name: argument.value for argument in step.arguments}
        fixed: dict[str, Any] = {}
        open_: dict[str, OpenField] = {}
        for name, value in fields_of(step).items():
            match value:
                case Target():
                    where = self._target(step.verb, value)
                    if isinstance(where, ChosenTarget):
                        open_[name] = where
                    else:
                        fixed |= where
                case CallbackTime():
                    open_[name] = self._callback(value, arguments.get("within"))
                case Quote() | Name():
                    open_[name] = value
                case Mapping() if any(isinstance(inner, Quote) for inner in value.values()):
                    open_[name] = value
                case str() | int() | float() | Mapping():
                    fixed[name] = value
                case _:
                    assert_never(value)
        recorded = disposition_field(step.verb)
        note = self._disposition(fixed, open_, recorded) if recorded is not None else ""
        keep_as, cap = arguments.get("keep_as"), arguments.get("cap")
        return CompiledVerb(
            at,
            step.verb,
            step.word,
            _shared(frozenset({step.verb, step.word})),
            spec.effect,
            spec.keyed,
            None if open_ else self._body(spec, fixed),
            fixed if open_ else _NOTHING,
            open_ or _NOTHING,
            now="now" in arguments,
            keep_as=keep_as.key if isinstance(keep_as, Name) else None,
            cap=self._cap(spec, fixed, _seconds(cap)) if isinstance(cap, Literal) else None,
            failures=self._failures(step.failures),
            note=note,
            patience=_patience(step),
        )

    def _other_verb(self, step: OtherVerb, at: str) -> CompiledVerb:
        pairs = pairs_of(step.pairs)
        open_ = {name: value for name, value in pairs.items() if isinstance(value, Quote)}
        fixed = {"event": step.name.text} | {
            k: v for k, v in pairs.items() if k not in open_ and k != "event"
        }
        return CompiledVerb(
            at,
            step.name.text,
            step.name.text,
            frozenset({step.name.key}),
            Effect.LIVE,
            True,
            None if open_ else fixed,
            fixed,
            open_,
            failures=self._failures(step.failures),
            patience=_patience(step),
        )

    def _failures(self, failures: tuple[Failure, ...]) -> tuple[CompiledFailure, ...]:
        return tuple(
            CompiledFailure(tuple(reason.key for reason in failure.reasons), self.sequence(failure.steps))
            for failure in failures
        )

    # --- exact requests, the same object for equal ones ---

    def _body(self, spec: VerbSpec, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        key = spec.name, repr(fields)
        body = self.scope.bodies.get(key)
        if body is None:
            body = self.scope.bodies[key] = spec.model.model_validate(fields).body()
        return body

    def _cap(self, spec: VerbSpec, fixed: Mapping[str, Any], seconds: int) -> Cap:
        assert spec.closed_by, f"{spec.name} has no end of its own"
        key = f"end of {spec.name}", repr(fixed)
        body = self.scope.bodies.get(key)
        if body is None:
            model = BY_NAME[spec.closed_by].model
            shared = {name: value for name, value in fixed.items() if name in model.model_fields}
            body = self.scope.bodies[key] = model.model_validate(shared).body()
        return Cap(seconds, spec.closed_by, body)

    # --- what fills the fields ---

    def _target(self, verb: str, target: Target) -> Mapping[str, str] | ChosenTarget:
        if target.kind is not TargetKind.TO:
            return self._place(verb, target)
        declared = self.scope.checked.destinations[fold(as_written(target.value))]
        match declared:
            case Destination(target=one):
                return self._place(verb, one)
            case DestinationMap(name, by, rows, otherwise):
                places: dict[str, Mapping[str, str]] = {}
                for row in rows:
                    places.setdefault(fold(as_written(row.key)), self._place(verb, row.target))
                return ChosenTarget(
                    name.text, by, places, self._place(verb, otherwise) if otherwise else None
                )

    def _place(self, verb: str, target: Target) -> dict[str, str]:
        fields = destination_fields(verb, target)
        assert fields is not None, f"{verb} takes no {target.kind}"
        targets = BY_NAME[verb].targets
        if target.kind is TargetKind.AGENT and targets is not None and targets.host_names_agents:
            fields[targets.type_field] = self.agent_type
        return fields

    def _callback(self, when: CallbackTime, within: object) -> CompiledCallback:
        calendars = self.scope.calendars
        opening = calendars.get(when.name.key) if when.name else None
        return CompiledCallback(when, opening, calendars[within.key] if isinstance(within, Name) else None)

    def _disposition(self, fixed: dict[str, Any], open_: dict[str, OpenField], field: str) -> str:
        """Fill a bare `set_disposition`; the note says with what."""
        if field in fixed:
            return ""
        choices = disposition_choices(self.rule, self.scope.checked.dispositions.get(self.file, ()))
        if choices and choices[0].event is None:
            fixed[field] = choices[0].disposition
            return choices[0].note
        open_[field] = choices
        return ""


_NOTHING: Mapping[str, Any] = {}


@lru_cache(maxsize=1024)
def _shared(words: frozenset[str]) -> frozenset[str]:
    """The same set for equal ones: thousands of rules send the same few verbs."""
    return words


def _patience(step: VerbStep | OtherVerb) -> int | None:
    return None if step.patience is None else _seconds(step.patience)


def _seconds(duration: Literal) -> int:
    assert isinstance(duration.value, int)
    return duration.value


def _is_literal(step: CompiledStep) -> bool:
    match step:
        case CompiledVerb():
            return step.body is not None and all(failure.steps.literal for failure in step.failures)
        case CompiledAdvise():
            return isinstance(step.text, str)
        case CompiledDo():
            return step.steps.literal
        case CompiledRemember():
            return not isinstance(step.value, Quote)
        case CompiledIf():
            return False
        case CompiledWait() | CompiledSilence() | CompiledStop() | CompiledGoOn():
            return True


def _words(step: CompiledStep) -> frozenset[str]:
    match step:
        case CompiledVerb():
            return step.words.union(*(failure.steps.words for failure in step.failures))
        case CompiledDo():
            return step.steps.words
        case CompiledIf():
            return frozenset(word for inner in step.steps + step.otherwise for word in _words(inner))
        case (
            CompiledWait()
            | CompiledRemember()
            | CompiledAdvise()
            | CompiledSilence()
            | CompiledStop()
            | CompiledGoOn()
        ):
            return frozenset()


def _takes_time(step: CompiledStep) -> bool:
    match step:
        case CompiledVerb() | CompiledWait():
            return True
        case CompiledDo():
            return step.steps.takes_time
        case CompiledIf():
            return any(map(_takes_time, step.steps + step.otherwise))
        case CompiledRemember() | CompiledAdvise() | CompiledSilence() | CompiledStop() | CompiledGoOn():
            return False
