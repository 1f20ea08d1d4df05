"""From alerts to people.

In: alerts, routes and channels, as values. Out: targets, frozen messages, and the answer of each send.
Others use `route.Route`, `route.channels_for`, `targets.targets`, `compose.compose`,
`compose.compose_notice`, `backoff.next_attempt` and `send.Sender`.

    route      which channels an alert goes to
    targets    the recipients of a channel, with labels fit to be shown
    compose    the words: passages, letter (one alert), summary (several), sendable (what may be sent)
    send       a message through its worker process: post and gate are what runs in there
    plugin     Apprise: the one file that imports it, and only when it is called
    backoff    when to try again

Nothing here imports Apprise until a URL is loaded.
"""
