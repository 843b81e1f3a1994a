"""A block in the sentences of `flowrules explain`."""

from collections.abc import Iterator

from flowrules.analysis.model.checked import CheckedRules
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import Before, Block, Never, Promise, Rule
from flowrules.prose.formats.markdown import escaped, rule_lines, step_lines
from flowrules.prose.promises import promise_sentence
from flowrules.prose.rails import rail_text
from flowrules.prose.read_back import rule_text


def explained(workspace: Workspace, block: Block) -> Iterator[str]:
    """Lines of Markdown on what a rule, guard rail or promise does; none where it has a mistake, or was not checked."""
    checked = None if workspace.loaded is None else workspace.loaded.checkup.rules
    plain = None if checked is None else plain_block(checked, block)
    if checked is None or plain is None:
        return
    match plain.item:
        case Rule():
            yield from rule_lines(rule_text("", plain, checked))
        case Never() | Before():
            text = rail_text(plain, checked)
            yield f"{escaped(text.text)}{':' if text.steps else '.'}"
            if text.steps:
                yield from ("", *step_lines(text.steps))
        case Promise(pattern=pattern):
            yield escaped(promise_sentence(pattern))


def plain_block(checked: CheckedRules, block: Block) -> Block | None:
    """A block as it was checked, every condition in its plain form; None where it was not, or has an error."""
    for read, plain in checked.pairs():
        if read.source.path != block.source.path or len(read.blocks) != len(plain.blocks):
            continue
        at = next((at for at, one in enumerate(read.blocks) if one.item is block.item), None)
        if at is None:
            return None
        item = plain.blocks[at].item
        sound = (*checked.rules, *checked.rails, *checked.promises)
        return next((one for one in sound if one.item is item), None)
    return None
