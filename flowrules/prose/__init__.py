"""A rule set in plain sentences, for those who answer for it: what `flowrules explain` and `flowrules draw` show.

Equal rules give equal sentences, whatever the order of their files, their spacing and the spelling of their forms;
other rules give others.
"""
