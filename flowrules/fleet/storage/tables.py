"""The tables of a fleet, beside those of DBOS in the same database. None has a column for a token.

Times are seconds since 1970 by the database's clock: hosts' clocks are never compared.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

HOSTS = sa.Table(
    "flowrules_hosts",
    METADATA,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # HostState
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("tries_records", sa.Boolean, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("beat_at", sa.Float, nullable=False),
)

CALLS = sa.Table(
    "flowrules_calls",
    METADATA,
    sa.Column("call", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False, index=True),
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
)

RECORDS = sa.Table(
    "flowrules_records",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("call", sa.Text, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("quotes", sa.Boolean, nullable=False),  # the caller or the model, so that journals mask it
    sa.Column("host", sa.Text, nullable=False, index=True),  # that decided it
    sa.Column("tried_by", sa.Text),  # another one
    sa.Column("state", sa.Text, nullable=False, index=True),  # RecordState
    sa.Column("outcome", sa.Text),
    sa.Column("decided_at", sa.Float, nullable=False),
    sa.Column("over_at", sa.Float),
)

GRANTS = sa.Table(
    "flowrules_grants",
    METADATA,
    sa.Column("grant", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
