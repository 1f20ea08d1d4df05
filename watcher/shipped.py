"""The files that travel with the package: config.example.toml, rules/ and seeds/."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def root() -> Path:
    """The folder they lie in: of an installed wheel its own, of a checkout the top level."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent
