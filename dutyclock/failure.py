"""What a person at the terminal is told when something cannot start."""


class CannotStart(Exception):
    """One clear sentence for a person; the command prints it and exits with 1, without a stack trace."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
