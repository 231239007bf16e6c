"""What the drills say to people, in both languages, from the catalogue `messages.yaml`."""

from pathlib import Path

from dutyclock.terminal import Catalogue

CATALOGUE = Catalogue(Path(__file__).with_name("messages.yaml"))
say = CATALOGUE.say
