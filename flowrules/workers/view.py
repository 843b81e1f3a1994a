"""One answer made of those of all workers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from flowrules.runtime.health import OK

LABEL = "worker"
FRONT = "front"
"""The label's value of what the front itself counts."""


def health(
    by_worker: Mapping[int, Mapping[str, Any]], warnings: Sequence[str], missing: Sequence[int]
) -> dict[str, Any]:
    """What is known of all, as `/health` of one process tells it, with each worker's own under `workers`. `missing` are
    those that do not answer."""
    found = [by_worker[worker] for worker in sorted(by_worker)]
    revisions = list(dict.fromkeys(one["revision"] for one in found))
    counters: Counter[str] = Counter()
    for one in found:
        counters.update(one["counters"])
    problems = [f"worker {worker} does not run: it is started again" for worker in missing]
    problems += told(by_worker, "problems")
    if len(revisions) > 1:
        warnings = [*warnings, f"the workers run on different rules: {', '.join(revisions)}"]
    first = found[0] if found else {}
    candidate = [one["candidate"] for one in found if "candidate" in one]
    return {
        "mode": first.get("mode", ""),
        "revision": revisions[0] if len(revisions) == 1 else "",
        "last_load": first.get("last_load", ""),
        "wire": first.get("wire", ""),
        "calls": sum(one["calls"] for one in found),
        "ready": not missing and all(one["ready"] for one in found),
        "problems": problems,
        "warnings": [*warnings, *told(by_worker, "warnings")],
        "counters": dict(sorted(counters.items())),
        **({"candidate": _candidate(candidate)} if candidate else {}),
        "workers": {str(worker): by_worker[worker] for worker in sorted(by_worker)},
    }


def told(by_worker: Mapping[int, Mapping[str, Any]], what: str) -> list[str]:
    """Sentences, each once: what all workers say is said by no one of them."""
    said: dict[str, list[int]] = {}
    for worker in sorted(by_worker):
        for sentence in by_worker[worker][what]:
            said.setdefault(sentence, []).append(worker)
    return [
        sentence if len(of) == len(by_worker) else f"worker {', '.join(map(str, of))}: {sentence}"
        for sentence, of in said.items()
    ]


def _candidate(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "revision": found[0]["revision"],
        "share": min(one["share"] for one in found),
        "calls": sum(one["calls"] for one in found),
    }


def checks(by_worker: Mapping[int, Mapping[str, str]], missing: Sequence[int]) -> dict[str, str]:
    """What makes all of them ready: each check is ok where it is in every worker."""
    found: dict[str, str] = {"workers": "missing" if missing else OK}
    for worker in sorted(by_worker):
        for name, word in by_worker[worker].items():
            if found.get(name, OK) == OK:
                found[name] = word
    return found


class Page(Collector):
    """The numbers of all workers and of the front, each with who tells it as a label."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def text(self, accept: str) -> tuple[bytes, str]:
        """The page, in the format that the Accept header prefers, and its Content-Type."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for worker, text in self._texts.items():
            for family in text_string_to_metric_families(text):
                into = families.get(family.name)
                if into is None:
                    into = families[family.name] = Metric(family.name, family.documentation, family.type)
                for sample in family.samples:
                    into.add_sample(sample.name, {**sample.labels, LABEL: worker}, sample.value)
        yield from families.values()


def calls_of(by_worker: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The live calls of all, by their ids."""
    return {call: call for one in by_worker for call in one["calls"]}
