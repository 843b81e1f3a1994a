"""`flowrules run --workers N`: one port, several processes.

A front process listens. It answers the WebSocket's handshake, reads the first frame, and with it knows the call: a hash
of the call id names the worker that owns it, for ever. The connection itself is then handed over to that worker, as a
file descriptor over a Unix socket (SCM_RIGHTS): the front never sees another byte of it, and a front that dies takes no
call along. Reports over HTTP name their call, and are passed on to the same worker.

Why not less: with SO_REUSEPORT the kernel spreads connections by their addresses, so a call that is dialled again, and
every report, would land anywhere, and only each worker's own journal knows which verbs of a call went out. Why not
more: a proxy would carry every frame of audio of all calls through one process.

`routing` says who owns a call, `handover` carries connections, `adopted` lets a worker's web server take one, `front`
answers the port, `view` makes one answer of those of all, `worker` is one worker's process, `supervisor` starts them
and starts them again, and `journals` reads what earlier runs have left, in whichever folder.
"""
