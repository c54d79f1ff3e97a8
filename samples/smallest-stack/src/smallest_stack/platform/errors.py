"""Errors that a step reports as one sentence with a non-zero exit code, without a traceback."""


class UserError(Exception):
    """An error that the user can fix; the message says how."""


class SettingsError(UserError):
    """A setting is missing or wrong; the message names it and its environment variable."""


class DiskFullError(UserError):
    """A file does not fit on its device; the message names it."""


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
