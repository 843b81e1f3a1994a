"""Engines on several machines as one fleet (extra `fleet`): a database that they share, on DBOS.

    fleet = Fleet(FleetOptions(SecretStr("postgresql://flowrules@db/fleet"), name="desk-1"))
    async with Engine("rules/", settings=settings, fleet=fleet) as engine: ...

What holds, whatever dies, hangs or can't be reached:

1. *A call belongs to the host that has its WebSocket.* The database says which that is, so that others find it. No host
   takes a call over: its connection has gone with its host. A call that the platform dials anew is another session, of
   whichever host it reaches.
2. *An event is passed on once.* It is put down under its id and content before it is passed on. The host that begins
   with it says so first, and whoever finds it begun by another host answers that it is late: it may have been decided
   there, and is decided nowhere else. An event is passed on to the session of the call that was live when it arrived,
   and to no later one.
3. *A record is sent by one host.* Whoever sends one first changes its state in the database, by a statement that
   names the state before, and the database lets one host do so. Nobody's clock and no guess about who is dead decides
   that. A host that was thought dead and lives finds the records that it owed taken, and sends none of them. The
   Idempotency-Key is the same whoever sends it: the platform's second line.
4. *What may have been sent is not sent again.* A record whose host has gone in the middle is unknown, and stays so.
5. *The tenant key's requests are granted before they are sent.* The database grants no more in a minute than the
   platform takes, and a grant is whole again only when none of its requests can lie in the last minute.
6. *Without the database a host's calls go on.* Verbs go out with the calls' own tokens. Events for its own calls are
   taken, and the journal says that they were taken without the database. Records that are decided then are unknown to
   the others, so their host sends them. Records that the database knows of, and which were not begun, are not sent
   while it does not answer: their step fails as `unavailable`. Events for calls of others are refused (503). Nothing
   more goes out with the tenant key than was granted.
7. *No token is in the database*: not in an event, not in an outcome, not in an error. Nothing in it is pickled.
"""

from flowrules.fleet.errors import FleetError
from flowrules.fleet.member import Fleet
from flowrules.fleet.options import FleetOptions

__all__ = ["Fleet", "FleetError", "FleetOptions"]
