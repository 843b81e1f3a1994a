"""From Lark's tree to the AST: one method a grammar rule, under the rule's own name."""

from flowrules.language import nodes as n
from flowrules.language.builder.declarations import Declarations
from flowrules.language.builder.promises import Promises
from flowrules.language.builder.rules import Rules
from flowrules.language.builder.tests import Tests
from flowrules.language.builder.values import only
from flowrules.language.parser.tree import Token, Tree


class Builder(Rules, Promises, Declarations, Tests):
    """Builds one block's item and collects what grammar alone could not refuse in `problems`."""

    def item(self, tree: Tree[Token]) -> n.Item:
        built: n.Item = self._build(only(tree))
        return built
