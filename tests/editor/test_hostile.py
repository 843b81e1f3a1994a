"""Whatever is typed into eight files: in the end the same is shown as a check from the beginning finds."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.editor.documents import Change
from flowrules.editor.positions import Place, Units
from flowrules.editor.workspace import Workspace
from flowrules.source import source_from_bytes

FILES = {
    "a.rules": "timezone Asia/Kolkata\nfact vip is yes/no\nfact language is one of hi, en from host\n",
    "b.rules": 'destination desk is queue sales_q\nsteps bye\n  say "Bye 😀."\nend\n',
    "c.rules": "on intent=sales then transfer to desk\non intent=bye then do bye\n",
    "d.rules": 'rule "Late 😀"\n  on said contains refund\n  when vip is yes\n  say "नमस्ते"\nend\n',
    "e.rules": "never transfer when vip is no\non intent=x when language is hi then hangup\n",
    "f.rules": 'test "sales"\n  on intent=sales\n  expect transfer to desk\nend\n',
    "g.rules": 'on anything then say "Pardon?"\n',
    "sub/h.rules": "",
}
PIECES = (
    " ", "\n", "\r\n", '"', "(", "end\n", "on x then hangup\n", "😀", "\u2028", "\x85", "\x0c", "\t", "# ", "then ",
    "fact vip is yes/no\n", 'rule "R"\n', "transfr ", "\ufeff", "\x00", "या", "never hangup\n", "x" * 3_000, "\r",
    "# allow FR502: so it is\n", "destination desk is queue other\n", "\ud83d", "on office is open then stop\n",
)  # fmt: skip
NO_TEXTS = (
    b"",
    b"\xff\xfe\x00bin\x00",
    b"on z then hangup\n",
    bytes(range(256)),
    b"\xef\xbb\xbfon z then stop\r\n",
)
Shown = dict[str, list[tuple[str, int, int, str, str]]]


def from_scratch(texts: dict[str, bytes]) -> Shown:
    """What a check of these files finds."""
    paths = sorted(texts, key=lambda path: path.split("/"))
    loaded = load_rules([source_from_bytes(texts[path], path) for path in paths])
    shown: Shown = {path: [] for path in paths}
    for one in loaded.findings:
        where = one.location
        shown[where.source.path].append((one.code.id, where.start, where.end, one.message, one.answered))
    return shown


def now(workspace: Workspace) -> Shown:
    return {
        path: [
            (one.code.id, one.location.start, one.location.end, one.message, one.answered) for one in found
        ]
        for path, found in workspace.findings.items()
    }


def place(raw: str, offset: int, units: Units) -> Place:
    """A place by hand, without the code under test."""
    before = raw[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.rpartition("\n")[2]
    codec = {Units.UTF8: "utf-8", Units.UTF16: "utf-16-le", Units.UTF32: "utf-32-le"}[units]
    width = {Units.UTF8: 1, Units.UTF16: 2, Units.UTF32: 4}[units]
    return Place(before.count("\n"), len(line.encode(codec)) // width)


def cut(raw: str, dice: random.Random) -> int:
    """A place where an editor may stand: not between the two signs of a line end."""
    at = dice.randint(0, len(raw))
    return at - 1 if raw[at - 1 : at + 1] == "\r\n" else at


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(Units), st.sampled_from(("\n", "\r\n")))
def test_after_any_edits_the_same_is_shown_as_after_a_fresh_check(
    dice: random.Random, units: Units, line_end: str
) -> None:
    workspace = Workspace()
    on_disk = {path: text.replace("\n", line_end).encode() for path, text in FILES.items()}
    workspace.put_all(dict(on_disk))
    texts: dict[str, str] = {}
    for path in dice.sample(sorted(FILES), 5):
        texts[path] = on_disk[path].decode()
        workspace.put(path, texts[path], 0)
    undone: list[tuple[str, str]] = []
    for version in range(1, 30):
        path = dice.choice(sorted(texts))
        raw = texts[path]
        kind = dice.choice(
            ("insert", "delete", "replace", "cursors", "undo", "all", "disk", "gone", "settle")
        )
        if kind in ("disk", "gone"):
            other = dice.choice(sorted(FILES.keys() - texts.keys()))
            if kind == "gone":
                on_disk.pop(other, None)
                workspace.remove(other)
            else:
                on_disk[other] = dice.choice(NO_TEXTS)
                workspace.put_all({other: on_disk[other]})
            continue
        if kind == "settle":
            workspace.settle()
            continue
        edits = []
        if kind == "undo":
            path, old = undone.pop() if undone else (path, raw)
            edits = [(0, len(texts[path]), old)]
            raw = texts[path]
        elif kind == "cursors":
            edits = [
                (at, at, dice.choice(PIECES))
                for at in sorted({cut(raw, dice) for _ in range(3)}, reverse=True)
            ]
        else:
            start = cut(raw, dice)
            end = (
                start
                if kind == "insert"
                else max(start, cut(raw, dice) if kind == "all" else cut(raw[: start + 9], dice))
            )
            edits = [(start, end, "" if kind == "delete" else dice.choice(PIECES))]
        changes = []
        for start, end, new in edits:
            changes.append(Change(new, place(raw, start, units), place(raw, end, units)))
            raw = f"{raw[:start]}{new}{raw[end:]}".encode("utf-16-le", "surrogatepass").decode(
                "utf-16-le", "replace"
            )
        workspace.change(path, changes, units, version)
        undone.append((path, texts[path]))
        texts[path] = raw
        if dice.random() < 0.7:
            workspace.read()
    workspace.read()
    workspace.settle()
    for path, raw in texts.items():
        assert workspace.documents[path].raw == raw
    assert now(workspace) == from_scratch({**on_disk, **{path: raw.encode() for path, raw in texts.items()}})
