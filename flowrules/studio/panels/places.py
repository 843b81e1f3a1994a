"""Where rules stand that are known by their names, or by file and line."""

from flowrules.compiler.ruleset import RuleSet
from flowrules.studio.panels.blocks import Lead
from flowrules.studio.panels.panel import Room


class Places:
    """Makes leads of them, in the texts as they are edited."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._names: tuple[RuleSet | None, dict[str, str], dict[str, tuple[str, int]]] = None, {}, {}

    def lead(self, label: str, file: str, line: int) -> Lead | str:
        """Words that lead to a line (from 1) of a file; plain ones where it is not there. Whoever names the file may
        have the folder in another place (`/srv/rules/calls.rules`): its name within the folder is what counts."""
        documents = self._room.workspace.documents
        parts = file.split("/")
        names = ("/".join(parts[at:]) for at in range(len(parts)))
        name = next((one for one in names if one in documents), None)
        return label if name is None else Lead(label, name, line=line)

    def lead_by_label(self, label: str) -> Lead | str:
        """To the rule of this name."""
        where = self._known()[1].get(label)
        return label if where is None else self.lead(label, *where)

    def label(self, rule_id: str) -> str:
        """The name of a rule; its id where the rules in the editor have none such."""
        return self._known()[0].get(rule_id, rule_id)

    def _known(self) -> tuple[dict[str, str], dict[str, tuple[str, int]]]:
        ruleset = self._room.ruleset
        if self._names[0] is not ruleset:
            refs = [] if ruleset is None else [ruleset.ref(rule) for rule in ruleset.rules]
            self._names = (
                ruleset,
                {ref.id: ref.label for ref in refs},
                {ref.label: (ref.file, ref.line) for ref in refs},
            )
        return self._names[1:]
