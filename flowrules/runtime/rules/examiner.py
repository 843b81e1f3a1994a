"""Whether texts may go live: checked and compiled, here or in a process of its own, and then the gate is asked."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.loop.gc_tuning import low_priority_thread
from flowrules.runtime.loop.thread_runner import ThreadRunner
from flowrules.runtime.rules.check_process import CheckProcess
from flowrules.source import SourceFile

if TYPE_CHECKING:
    from flowrules.compiler.loading.load import Loaded
    from flowrules.runtime.rules.check_process import Stored
    from flowrules.runtime.rules.load_gate import Gate, Verdict


PACE = 20_000
"""Characters of rules that a busy machine checks in a second: so much longer may large ones take."""


def slack_of(sources: tuple[SourceFile, ...]) -> float:
    """Seconds that the texts may take longer, since they are large."""
    return sum(len(source.text) for source in sources) / PACE


class Examined(NamedTuple):
    """`objection` says why the rules may not go live; '' where they may. `ruleset` is None where they have errors."""

    findings: Findings
    objection: str
    ruleset: RuleSet | None


class Examiner:
    """Of one rule book, with what the next check builds on. Its methods may be called in a thread, one at a time.

    `apart` has edits checked in a process of its own, which `close` ends."""

    def __init__(
        self,
        path: Path | None,
        agent_type: str,
        gate: "Gate | None",
        fence: DestinationPolicy,
        *,
        apart: bool,
    ) -> None:
        self.checker = CheckProcess() if apart else None
        self.keeps_first = False
        """What the first load has made is kept until it is stored."""
        self._path = path
        self._agent_type = agent_type
        self._gate = gate
        self._fence = fence
        self._good: Loaded | None = None
        """The last texts without an error, of which the next ones are an edit; the checker keeps its own."""
        self._first: Loaded | None = None

    def close(self) -> None:
        if self.checker is not None:
            self.checker.close()

    def begin(self, sources: tuple[SourceFile, ...]) -> Examined:
        """The first texts, in this process and without a limit."""
        from flowrules.runtime.rules.load_gate import GateAnswer, ask_gate

        verdict, ruleset = self._check(sources, first=True)
        judged = GateAnswer(verdict.objection) if ruleset is None else ask_gate(self._gate, ruleset)
        return Examined((*verdict.findings, *judged.findings), judged.objection, ruleset)

    def judge(
        self, sources: tuple[SourceFile, ...], live: RuleSet | None, threads: ThreadRunner, limit: float
    ) -> Examined:
        """Texts that follow the live rules; the check and the gate may each take `limit` seconds. Raises Overdue."""
        from flowrules.compiler.loading.load import compile_sound
        from flowrules.runtime.rules.load_gate import GateAnswer, ask_gate

        verdict = None
        if self.checker is not None:
            verdict = self.checker.judge(sources, self._agent_type, self._gate, self._fence, limit)
        if verdict is not None:
            ruleset = None
            if not verdict.objection:
                with low_priority_thread():
                    ruleset = compile_sound(sources, agent_type=self._agent_type, previous=live)
            return Examined(verdict.findings, verdict.objection, ruleset)
        with low_priority_thread():
            verdict, examined = self._check(sources, first=live is None)
        judged, gate = GateAnswer(verdict.objection), self._gate
        if examined is not None and gate is not None:
            judged = threads.run_here(
                lambda: ask_gate(gate, examined), limit, "the gate that is asked about the rules"
            )
        return Examined((*verdict.findings, *judged.findings), judged.objection, examined)

    def forget_first(self) -> None:
        """Other rules are live than those that the first load has made."""
        self._first = None

    def stored(self, limit: float) -> "Stored | None":
        """The live rules as they are kept (`ready.kept_form`), with their revision; None where that is not at hand."""
        from flowrules.ready import kept_form

        made, self._first = self._good or self._first, None
        if made is not None and made.ruleset is not None:
            with low_priority_thread():
                return made.ruleset.revision, *kept_form(made)
        return None if self.checker is None else self.checker.stored(limit)

    def _check(self, sources: tuple[SourceFile, ...], *, first: bool) -> "tuple[Verdict, RuleSet | None]":
        """All but the gate, in this process."""
        # The whole language, and much of what a start takes: not before there are rules to read.
        from flowrules.runtime.rules.load_gate import evaluate

        verdict, loaded = evaluate(sources, self._agent_type, None, self._fence, self._good, self._path)
        if self.checker is None and loaded.ruleset is not None:
            self._good = loaded
        elif self.keeps_first and first:
            self._first = loaded
        return verdict, loaded.ruleset
