"""What a drill under load says to people, in both languages, from the catalogue `messages.yaml` beside it."""

from pathlib import Path

from dutyclock.terminal import Catalogue

CATALOGUE = Catalogue(Path(__file__).with_name("messages.yaml"))
say = CATALOGUE.say
