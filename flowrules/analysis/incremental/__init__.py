"""A check of an edit that looks only at what the edit can affect, with the result of a check of everything."""
