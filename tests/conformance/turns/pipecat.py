"""Pipecat: a real pipeline with its own aggregators, turns, Flows, speech synthesis and output."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.flows import FlowManager, FlowsFunctionSchema
from pipecat.frames.frames import InputDTMFFrame
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.frameworks.rtvi import RTVISendTextFrame
from pipecat.turns.user_mute import AlwaysUserMuteStrategy

from flowrules import CallSession, Engine
from flowrules.sandbox import Sandbox
from tests.agents.pipecat_talk import Talk, piped
from tests.conformance.turns.conversation import LOOK_UP, LOOK_UP_SECONDS, Answer, Asked, asked, until
