"""Spans and numbers through OpenTelemetry, as a real receiver decodes them: of a host of our own, and of `flowrules run`."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import LoadStatus
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault, Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from flowrules.telemetry.instruments import LAG
from flowrules.telemetry.telemetry import Telemetry

RULES = """\
rule "Sales"
  on intent=sales
  set_lead_field plan to yes
  set_lead_field more to yes
end
on step_failed advise "It did not work."
on intent=sorry mute
on dtmf=5 set_lead_field key to yes
"""
PATIENCE = 100


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "main.rules"
    path.write_text(RULES)
    return path


def save(rules: Path, text: str) -> None:
    rules.write_text(text)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Host:
    """A program that has set up OpenTelemetry for itself."""

    def __init__(self, url: str, **options: Any) -> None:
        self.traces = TracerProvider(shutdown_on_exit=False, **options)
        self.traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
        self.reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{url}/v1/metrics"))
        self.metrics = MeterProvider([self.reader], shutdown_on_exit=False)
        self.tracer = self.traces.get_tracer("host")

    def telemetry(self) -> Telemetry:
        return Telemetry(opentelemetry=True, tracer_provider=self.traces, meter_provider=self.metrics)

    def shutdown(self) -> None:
        self.traces.shutdown()
        self.metrics.shutdown()


async def test_an_event_is_a_span_in_the_hosts_with_its_plan_verbs_and_what_it_raised(
    receiver: Any, attributes_of: Any, sandbox: Sandbox, rules: Path
) -> None:
    sandbox.add_faults(Fault(kind="refused", verb="mute"))
    host = Host(receiver.url)
    settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)
    telemetry = host.telemetry()
    async with Engine(rules, settings=settings, telemetry=telemetry) as engine:
        call = engine.call_from((await sandbox.open_call()).metadata)
        with host.tracer.start_as_current_span("turn"):
            await call.event(intent="sales", turn_id="t1")
        await call.event(intent="sorry")
        first = engine.rules.revision
        save(rules, RULES.replace('"Sales"', '"Buyers"'))
        assert (await engine.rules.reload()).status is LoadStatus.LIVE
        await call.event(intent="sales")
        await call.close()
        second = engine.rules.revision
        async with asyncio.timeout(60):  # Until the loop's lag has been measured once.
            while not any(sum(counts) for counts, _ in telemetry.read()[LAG].values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.to_thread(host.metrics.force_flush)
    await asyncio.to_thread(host.shutdown)

    (turn,) = receiver.named("turn")
    events = {attributes_of(one)["flowrules.event"]: one for one in receiver.named("flowrules.event")}
    told = {name: attributes_of(one) for name, one in events.items()}
    sales = next(name for name, of in told.items() if of.get("flowrules.rule") == "Sales")
    buyers = next(name for name, of in told.items() if of.get("flowrules.rule") == "Buyers")
    assert told[sales] == {
        "flowrules.call": call.call_id,
        "flowrules.event": sales,
        "flowrules.event.status": "done",
        "flowrules.revision": first,
        "flowrules.rule": "Sales",
        "flowrules.rule.outcome": "fired",
    }
    assert told[buyers]["flowrules.revision"] == second
    # It is inside of the host's span, and linked to it.
    span = events[sales]
    assert span.trace_id == turn.trace_id
    assert span.parent_span_id == turn.span_id
    assert [link.span_id for link in span.links] == [turn.span_id]
    assert not events[buyers].parent_span_id
    assert not events[buyers].links
    # Its plan and its verbs are its children, within its time.
    children = [one for one in receiver.spans if one.parent_span_id == span.span_id]
    assert [one.name for one in children] == ["flowrules.plan", *["flowrules.verb set_lead_field"] * 2]
    for child in children:
        assert child.trace_id == span.trace_id
        assert span.start_time_unix_nano <= child.start_time_unix_nano
        assert child.start_time_unix_nano <= child.end_time_unix_nano <= span.end_time_unix_nano
    verb = attributes_of(children[1])
    assert verb["http.response.status_code"] == 200
    assert verb["server.address"] == "127.0.0.1"
    assert verb["flowrules.verb.status"] == "accepted"
    assert children[1].kind == Span.SPAN_KIND_CLIENT
    # A verb that was refused, and what that raised.
    sorry = next(one for name, one in events.items() if told[name].get("flowrules.event.status") == "failed")
    assert sorry.status.code == Status.STATUS_CODE_ERROR
    inside = [one for one in receiver.spans if one.parent_span_id == sorry.span_id]
    assert [one.name for one in inside] == ["flowrules.plan", "flowrules.verb mute", "flowrules.event"]
    assert attributes_of(inside[1])["error.type"] == "refused"
    assert attributes_of(inside[2])["flowrules.event.status"] == "done"
    # The numbers are those of /metrics, with dots.
    names = {metric.name for metric in receiver.metrics}
    assert {
        "flowrules.verbs",
        "flowrules.decide.duration",
        "flowrules.calls.live",
        "flowrules.loop.lag",
    } <= names
    waited = [one for one in receiver.metrics if one.name == "flowrules.verb.duration"][-1]
    assert waited.unit == "s"
    assert sum(point.count for point in waited.histogram.data_points) == 5
    verbs = [one for one in receiver.metrics if one.name == "flowrules.verbs"][-1].sum
    assert verbs.is_monotonic
    assert sum(point.as_int or point.as_double for point in verbs.data_points) == 5


async def test_nothing_that_is_sent_quotes_a_caller_a_value_or_a_token(
    receiver: Any, sandbox: Sandbox, rules: Path
) -> None:
    host = Host(receiver.url)
    save(rules, 'on intent=sales log "{said} {account} {lead.name}"\n')
    settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)
    opened = await sandbox.open_call(lead={"name": "Asha Rao"}, caller={"number": "+919876500000"})
    async with Engine(rules, settings=settings, telemetry=host.telemetry()) as engine:
        call = engine.call_from(opened.metadata)
        await call.event(said="my card is 4111 1111 1111 1111", intent="sales", account="secret-account")
        await call.close()
    await asyncio.to_thread(host.shutdown)
    assert receiver.named("flowrules.verb log")
    for kept in ("Asha", "9876500000", "4111", "secret-account", opened.callback_token[:8]):
        assert kept.encode() not in receiver.bytes


async def test_what_is_not_sampled_is_not_sent_and_its_numbers_are(
    receiver: Any, sandbox: Sandbox, rules: Path
) -> None:
    host = Host(receiver.url, sampler=ALWAYS_OFF)
    settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)
    async with Engine(rules, settings=settings, telemetry=host.telemetry()) as engine:
        call = engine.call_from((await sandbox.open_call()).metadata)
        await call.event(intent="sales")
        await call.close()
    await asyncio.to_thread(host.shutdown)
    assert receiver.spans == []
    assert any(metric.name == "flowrules.verb.duration" for metric in receiver.metrics)


async def test_a_receiver_that_is_gone_holds_up_no_call(
    sandbox: Sandbox, rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host("http://127.0.0.1:9")
    settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)
    async with Engine(rules, settings=settings, telemetry=host.telemetry()) as engine:
        call = engine.call_from((await sandbox.open_call()).metadata)
        outcome = await call.event(intent="sales")
        assert [str(step) for step in outcome.steps] == ["set_lead_field accepted"] * 2
        await call.close()
        assert engine.health().problems == ()


async def test_engines_of_one_process_are_told_apart_by_their_names(
    receiver: Any, sandbox: Sandbox, rules: Path
) -> None:
    host = Host(receiver.url)
    settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)

    def engine(name: str) -> Engine:
        telemetry = Telemetry(
            opentelemetry=True, tracer_provider=host.traces, meter_provider=host.metrics, name=name
        )
        return Engine(rules, settings=settings, telemetry=telemetry)

    async with engine("a") as one, engine("b") as other:
        for running, calls in ((one, 1), (other, 2)):
            for _ in range(calls):
                running.call_from((await sandbox.open_call()).metadata)
        await asyncio.to_thread(host.metrics.force_flush)
        with pytest.raises(ValueError, match="own name"):
            await engine("b").__aenter__()
        assert one.health().ready
    # The name is free again, and what is told is the new one's.
    receiver.metrics.clear()
    async with engine("b") as third:
        third.call_from((await sandbox.open_call()).metadata)
        await asyncio.to_thread(host.metrics.force_flush)
        live = [metric for metric in receiver.metrics if metric.name == "flowrules.calls.live"]
        assert [point.as_double for metric in live for point in metric.gauge.data_points] == [1]
    await asyncio.to_thread(host.shutdown)


async def test_the_command_sends_spans_through_a_reload(
    receiver: Any, attributes_of: Any, sandbox: Sandbox, rules: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "run", str(rules), "--port", "0", "--otel", "--drain", "0",
        "--base-url", sandbox.base_url, "--log-format", "json",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env={
            **os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_SERVICE_NAME": "desk",
            "OTEL_BSP_SCHEDULE_DELAY": "100", "FLOWRULES_CHECK_APART": "false",
        },
    )  # fmt: skip
    said = ""

    async def read() -> None:
        nonlocal said
        assert process.stderr is not None
        while line := await process.stderr.readline():
            said += line.decode()

    reading = asyncio.create_task(read())
    try:
        await until(lambda: "rules             revision" in said or reading.done())
        found = re.search(r"ws://\S+", said)
        assert found is not None, said
        opened = await sandbox.open_call(ws_url=found[0])
        sandbox.press(opened.call_id, "5")
        await until(lambda: receiver.named("flowrules.verb set_lead_field"))
        save(rules, RULES.replace("dtmf=5 set_lead_field key", "dtmf=5 set_lead_field other"))
        await until(lambda: '"status": "live"' in said)
        sandbox.press(opened.call_id, "5")
        await until(lambda: len(receiver.named("flowrules.verb set_lead_field")) == 2)
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading
    events = [attributes_of(one) for one in receiver.named("flowrules.event")]
    revisions = [of["flowrules.revision"] for of in events if "flowrules.rule" in of]
    assert len(set(revisions)) == 2
    assert {of["service.name"] for of in receiver.resources} == {"desk"}
    assert "Traceback" not in said
    # The last numbers are sent at the end.
    assert any(metric.name == "flowrules.loads" for metric in receiver.metrics)
