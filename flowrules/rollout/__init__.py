"""Rules that come over HTTP as signed bundles, and go live in stages.

`envelope` signs a built rule set and checks signatures, `fetch` asks a server for it, `store` keeps what was accepted,
`rollout` takes a bundle in, again and again, and makes the steps, `follower` lets an engine do what the
store says. Whoever takes bundles in and the engines that decide by them meet in the store's folder alone, so that one
process and many are the same.
"""
