"""From a source to clean dispatches.

In goes a Source; out come a Response (`fetch.Fetcher`) and, from that, a Listing (`parse.parse_in`,
in a worker process), whose dispatches `identity` places among those we hold. `schedule` says what a
poll leaves on its source.
"""
