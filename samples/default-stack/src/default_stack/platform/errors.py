"""Errors that a step reports in one sentence and a non-zero exit, without a traceback."""


class UserError(Exception):
    """Something that the person who runs the step can put right: the message says what."""


class SettingsError(UserError):
    """A setting is missing or wrong; the message names it and its environment variable."""


class ParamsError(UserError):
    """A parameter in `params/<model>.yaml` is missing or wrong."""


class DataContractError(UserError):
    """Rows broke the data contract. `failures` holds one entry per column and check."""

    def __init__(self, message: str, failures: list[dict[str, object]]) -> None:
        super().__init__(message)
        self.failures = failures


class IntegrityError(UserError):
    """Model files are not the ones that were registered: a sha256 differs."""


class PromotionRefusedError(UserError):
    """No accepted decision stands behind the version to be promoted."""


class RegistryError(UserError):
    """The registry has no such model, version or alias."""


class GovernanceError(UserError):
    """What people state about a model is wrong, or records of a version contradict each other."""


class AuditError(UserError):
    """The audit was changed after it was written."""
