"""The studio: one page in the browser for whoever writes and answers for rules, served on this machine alone.

A tab has one WebSocket and texts of its own (`tab.Tab`); what stands on disk is shared (`on_disk.RulesOnDisk`). The
page (`web/`) holds the editor and shows what it is sent: findings with the version of the text that they are for, and
panels, which `panels/` tells as data and `fragments` makes HTML of.
"""
