"""The demo: a few days of sample news, served on loopback and run through the whole line.

Others use `play.play`.
"""
