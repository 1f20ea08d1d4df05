"""From config.toml to Settings.

In: a file. Out: `Settings`, or a ConfigError with every problem of it. `find` says which file,
`load` reads it, and `check_channels` looks closer at where its channels lead, which takes longer.

    toml       the text: every table and key with its place
    tables     what each table may hold
    draft      the tables read one by one, and the problems found
    channels   the URLs of channels, wherever they are kept
    routes     which channels an alert goes to, and that there always is one
    secrets    that nobody else can read them
    settings   all of it together
"""

from watcher.config.channels import check_channels
from watcher.config.settings import Settings, find, load, look_over

__all__ = ["Settings", "check_channels", "find", "load", "look_over"]
