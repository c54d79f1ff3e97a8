"""Errors that a step reports as one sentence with a non-zero exit code, without a traceback."""

# Begins a note of an error, which a traceback shows.
_STEP = "in the step "


class UserError(Exception):
    """An error that the user can fix; the message says how."""


class SettingsError(UserError):
    """A setting is missing or wrong; the message names it and its environment variable."""


class ParamsError(UserError):
    """A parameter in `params/<model>.yaml` is missing or wrong."""


class ContractError(UserError):
    """A `contract.py` is invalid; the message has one line per problem."""


class DataContractError(UserError):
    """Rows break the data contract. `failures` holds one entry per column and check."""

    def __init__(self, message: str, failures: list[dict[str, object]]) -> None:
        super().__init__(message)
        self.failures = failures


class IntegrityError(UserError):
    """Model files are not the registered ones: a sha256 differs."""


class FeatureError(UserError):
    """Feature code is invalid, or is not the code that trained a version."""


class PromotionRefusedError(UserError):
    """The version to promote has no decision that accepts it."""


class RegistryError(UserError):
    """The registry does not have the model, version or alias."""


class GovernanceError(UserError):
    """`governance.yaml` is invalid, or the records of a version contradict each other."""


class ConflictError(UserError):
    """Another process has written a record or moved the champion since it was read."""


class AuditError(UserError):
    """The audit was changed after it was written."""


def note_step(error: BaseException, step: str) -> None:
    """Note the step in which an error was raised; the first one stays."""
    if step_of(error) is None:
        error.add_note(f"{_STEP}{step}")


def step_of(error: BaseException) -> str | None:
    """Return the step in which an error, or one that led to it, was raised; None if unknown."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(_STEP):
            return str(note.removeprefix(_STEP))
    # A library reports the end of a time limit with an error of its own.
    before = error.__cause__ or error.__context__
    return None if before is None else step_of(before)
