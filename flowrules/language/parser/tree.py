"""What a text is read into: a node for each rule of the grammar, and tokens with their places."""

from typing import Any, Generic, TypeVar

Leaf = TypeVar("Leaf")


class Token(str):
    """A word or sign as written. `type` is the grammar's name for it; `start_pos` and `end_pos` are the offsets of its
    first character and behind its last."""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int


class Tree(Generic[Leaf]):
    """A node with its place: the offsets of its first character and behind its last, what was left out of the tree
    included. `children` are nodes, leaves, and None for each optional part that was not written."""

    __slots__ = ("children", "data", "end", "start")

    def __init__(self, data: str, children: list[Any], start: int, end: int) -> None:
        self.data = data
        self.children = children
        self.start = start
        self.end = end
