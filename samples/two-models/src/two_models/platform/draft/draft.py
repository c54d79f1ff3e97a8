"""Draft the files of a model: read the table, decide about each column, derive the gates, write."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ...contract import DataContract, Label
from ...data.committed import not_in_a_clone
from ...params import Params, load_params
from ...tasks import Task
from .. import models
from ..errors import UserError
from ..settings import project_root
from . import Request, leakage, target, text
from .columns import (
    Column,
    Draft,
    column_of,
    draft,
    is_identifier,
    is_personal,
    names_of,
)
from .files import (
    Files,
    record,
    refuse_edited,
    save_gates,
    save_governance,
    save_params,
    shown,
)
from .gates import Gates, derive
from .table import Table, read, sample_of, write_sample

FEWEST_ROWS = 40
# With fewer labeled rows, chance moves the metrics by several percent.
FEW_ROWS = 1000
# With fewer rows, a class is hardly learned, and its metrics depend on single rows.
FEW_OF_A_CLASS = 30
RARE = 0.1
MOST_SLICES = 2


@dataclass(frozen=True)
class Roles:
    """The columns of the contract that are no inputs. None if there is none."""

    target: Column
    time: Column | None
    entity: Column | None
    label_time: Column | None

    @property
    def all(self) -> tuple[Column, ...]:
        """The columns that exist."""
        columns = (self.target, self.time, self.entity, self.label_time)
        return tuple(column for column in columns if column is not None)


def write(request: Request, *, force: bool) -> list[str]:
    """Write the files of a model and return what to tell the user.

    Raises UserError, and leaves the files as they were, if the table does not fit the task, if a
    file was edited and `force` is false, or if the pipeline could not use the rows.
    """
    files = Files.of(request.model)
    if not force:
        refuse_edited(files)
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    try:
        lines = _write(request, files)
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise
    record(files)
    return lines


def _write(request: Request, files: Files) -> list[str]:
    task = models.task_of(request.model.replace("-", "_"))
    found = read(request)
    names = names_of([str(name) for name in found.frame])
    roles = _roles(request, found, names)
    classes = target.classes_of(roles.target, task.NAME, request.model, request.positive)
    inputs, left_out = _inputs(found, names, roles, task)
    warnings = _warnings(request, roles, classes, inputs, left_out, task)
    contract = _contract(request.model, roles, classes, inputs, _slices(inputs))
    _save_contract(files, contract, found, inputs, left_out, warnings)
    sample, rows = sample_of(found, request.model)
    if sample is not None:
        write_sample(sample, rows, found.params)
    labeled = int(roles.target.values.notna().sum())
    fraction = load_params(request.model).split.test_fraction
    test_rows = max(1, int(min(labeled, len(rows)) * fraction))
    save_params(files, found.params, sample, test_rows)

    params = load_params(request.model)
    modules = models.load(request.model)
    limits = derive(modules, _training_rows(modules, params), test_rows, params)
    if limits.slices is None:
        contract = replace(contract, slices=())
        _save_contract(files, contract, found, inputs, left_out, warnings)
    save_gates(files, limits, modules.task)
    save_governance(files, found.params.source, len(found.frame))
    if not limits.is_certain:
        warnings.append(
            "on these rows the model is hardly better than a constant prediction: "
            f"{limits.primary} {limits.mean:.3f} against {limits.trivial:.3f}; "
            "the gate may refuse it"
        )
    return _summary(request, files, found, sample, len(rows), contract, left_out, limits, warnings)


def _roles(request: Request, found: Table, names: dict[str, str]) -> Roles:
    def column(source: str | None, option: str) -> Column | None:
        if source is None:
            return None
        if source not in names:
            near = difflib.get_close_matches(source, names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
            raise UserError(f"{option}={source}: the source has no such column; {hint}")
        return column_of(source, names[source], found.frame[source], found.params.decimal)

    label = column(request.target, "TARGET")
    assert label is not None
    roles = Roles(
        label,
        column(request.time, "TIME"),
        column(request.entity, "ENTITY"),
        column(request.label_time, "LABEL_TIME"),
    )
    sources = [role.source for role in roles.all]
    if len(set(sources)) < len(sources):
        raise UserError("TARGET, TIME, ENTITY and LABEL_TIME must be different columns")
    if roles.label_time is not None and roles.time is None:
        raise UserError("LABEL_TIME needs TIME: the column with the time of a row")
    for option, role in (("TIME", roles.time), ("LABEL_TIME", roles.label_time)):
        if role is None:
            continue
        if role.kind != "datetime":
            raise UserError(
                f"{option}={role.source} has values that are no times, such as "
                f"{found.frame[role.source].dropna().iloc[0]!r}"
            )
        if len(role.formats) > 1:
            several = " and ".join(str(format) for format in role.formats)
            raise UserError(
                f"{option}={role.source} is ambiguous, {several} read all values: write the "
                "dates as YYYY-MM-DD in the source"
            )
    if roles.time is not None and roles.label_time is not None:
        used = {role.format for role in (roles.time, roles.label_time)}
        if len(used) > 1:
            raise UserError(
                f"TIME and LABEL_TIME have different formats, {' and '.join(map(str, used))}: "
                "write both in the same one"
            )
    if roles.time is not None and roles.time.missing > 0:
        raise UserError(f"TIME={roles.time.source} is missing in {roles.time.missing:.1%} of rows")
    if roles.entity is not None and roles.entity.missing > 0:
        raise UserError(
            f"ENTITY={roles.entity.source} is missing in {roles.entity.missing:.1%} of rows"
        )
    labeled = int(label.values.notna().sum())
    if labeled < FEWEST_ROWS:
        raise UserError(
            f"{labeled} rows have a value in {label.source}: at least {FEWEST_ROWS} are needed to "
            "train and to test a model"
        )
    return roles


def _inputs(
    found: Table, names: dict[str, str], roles: Roles, task: Task
) -> tuple[list[Draft], list[Draft]]:
    """Return the drafts of the inputs and of the columns that are left out."""
    taken = {role.source for role in roles.all}
    labels = target.comparable(roles.target, task.NAME)
    known_at = roles.label_time or roles.time
    drafts = []
    for source, name in names.items():
        if source in taken:
            continue
        column = column_of(source, name, found.frame[source], found.params.decimal)
        result = draft(column)
        if not column.known.empty and result.left_out is None:
            result = _without_leaks(result, labels, known_at)
        drafts.append(result)
    inputs = [item for item in drafts if item.left_out is None]
    if not inputs:
        raise UserError(
            "no column is left as an input: "
            + "; ".join(f"{item.column.source}: {item.left_out}" for item in drafts)
        )
    return inputs, [item for item in drafts if item.left_out is not None]


def _without_leaks(result: Draft, labels: pd.Series, known_at: Column | None) -> Draft:
    column = result.column
    if leakage.copies(column, labels):
        return result.without("it is the target in other words")
    if column.kind == "datetime" and known_at is not None:
        share = leakage.later(column, known_at.values)
        if share > 0.5:
            return result.without(
                f"in {share:.0%} of the rows it is later than {known_at.source}, so it is not "
                "known when a row is scored"
            )
    reason = leakage.suspicion(column, labels)
    if reason is not None:
        return result.without(f"{reason}; add it if it is known before the label (leakage suspect)")
    return result


def _slices(inputs: Sequence[Draft]) -> tuple[str, ...]:
    """Return the categories with few values, as candidates for slices."""
    found = []
    for item in inputs:
        field = item.field
        if field is not None and field.is_category and 2 <= len(field.categories) <= 6:
            counts = item.column.known.value_counts(normalize=True)
            if counts.min() >= 0.1 and not field.nullable and not is_personal(field.name):
                found.append(field.name)
    return tuple(found[:MOST_SLICES])


def _contract(
    model: str,
    roles: Roles,
    classes: tuple[Label, ...],
    inputs: Sequence[Draft],
    slices: tuple[str, ...],
) -> DataContract:
    columns = (*roles.all, *(item.column for item in inputs))
    formats = {role.format for role in (roles.time, roles.label_time) if role is not None}
    return DataContract(
        model=model,
        target=roles.target.name,
        fields=tuple(item.field for item in inputs if item.field is not None),
        entity=roles.entity.name if roles.entity else None,
        time=roles.time.name if roles.time else None,
        label_time=roles.label_time.name if roles.label_time else None,
        time_format=next(iter(formats), None),
        classes=classes,
        source_names={
            column.name: column.source for column in columns if column.name != column.source
        },
        slices=slices,
    )


def _warnings(
    request: Request,
    roles: Roles,
    classes: tuple[Label, ...],
    inputs: Sequence[Draft],
    left_out: Sequence[Draft],
    task: Task,
) -> list[str]:
    lines = [f"{item.column.source} is left out: {item.left_out}" for item in left_out]
    label = roles.target
    labeled = int(label.values.notna().sum())
    if label.missing > 0:
        lines.append(
            f"{label.missing:.1%} of the rows have no value in {label.source}: they are not used "
            "for training"
        )
    if labeled < FEW_ROWS:
        lines.append(f"{labeled} labeled rows are few: chance moves the metrics by several percent")
    if task.NAME == target.BINARY:
        positive = classes[-1]
        share = float((label.known.map(target.text_of) == target.text_of(positive)).mean())
        if label.kind == "boolean":
            share = float(label.known.mean())
            share = share if positive in (1, True) else 1 - share
        if request.positive is None and target.is_guessed(label, classes):
            lines.append(
                f"{positive!r} is taken for the positive class, because it is rarer: pass POSITIVE "
                "to choose the other one"
            )
        if share < RARE:
            lines.append(f"{share:.1%} of the labels are positive: PR-AUC is the primary metric")
    elif task.NAME == target.MULTICLASS:
        counts = label.known.value_counts()
        rare = [
            f"{target.text_of(name)} ({count})"
            for name, count in counts.items()
            if count < FEW_OF_A_CLASS
        ]
        if rare:
            lines.append(f"classes with few rows: {', '.join(rare)}")
    lines += _candidates(roles, inputs, left_out)
    return lines


def _candidates(roles: Roles, inputs: Sequence[Draft], left_out: Sequence[Draft]) -> list[str]:
    lines = []
    drafts = (*inputs, *left_out)
    if roles.time is None:
        times = [item.column.source for item in drafts if item.column.kind == "datetime"]
        advice = (
            f"; candidates for TIME: {', '.join(times)}" if times else ", and no column has times"
        )
        lines.append(f"without TIME, rows are split at random{advice}")
    if roles.entity is None:
        keys = [
            item.column.source
            for item in drafts
            if is_identifier(item.column) and not item.column.known.is_unique
        ]
        if keys:
            lines.append(
                f"several rows may describe the same thing: candidates for ENTITY: "
                f"{', '.join(keys)}"
            )
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _save_contract(
    files: Files,
    contract: DataContract,
    found: Table,
    inputs: Sequence[Draft],
    left_out: Sequence[Draft],
    warnings: Sequence[str],
) -> None:
    about_columns = {f"{item.column.source} is left out: {item.left_out}" for item in left_out}
    remarks = [
        f"Drafted by `make contract` from {len(found.frame):,} rows of {found.params.source}. "
        "Limits have room on both sides. Check them, and add units.",
        *(f"Note: {line}." for line in warnings if line not in about_columns),
    ]
    width = text.line_length(project_root())
    source = text.contract_source(contract, inputs, left_out, remarks, width)
    files.contract.write_text(source, encoding="utf-8")


def _training_rows(modules: models.ModelModules, params: Params) -> pd.DataFrame:
    """Read the source as the pipeline does, check every row, and return the training rows."""
    from ...data.sources import read_source
    from ...data.splits import divide
    from ...quality import check

    rows = read_source(params, modules.contract)
    failures = check(rows, modules.contract)
    if failures:
        found = "; ".join(
            f"{item.column}: {item.check} fails on {item.rows} rows, e.g. {item.example}"
            for item in failures
        )
        raise UserError(f"the rows break the rules that every contract has: {found}")
    return divide(rows, modules.contract, params.split, params.seed).train


def _summary(
    request: Request,
    files: Files,
    found: Table,
    sample: str | None,
    sample_rows: int,
    contract: DataContract,
    left_out: Sequence[Draft],
    limits: Gates,
    warnings: Sequence[str],
) -> list[str]:
    kinds: dict[str, int] = {}
    for field in contract.fields:
        kinds[field.kind] = kinds.get(field.kind, 0) + 1
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    floors = [f"{name} >= {value}" for name, value in limits.floors.items()]
    ceilings = [f"{name} <= {value}" for name, value in limits.ceilings.items()]
    lines = [
        f"Read {len(found.frame):,} rows and {len(found.frame.columns)} columns of "
        f"{found.params.source}.",
        f"Wrote {shown(files.contract)}: {_count(len(contract.fields), 'input')} "
        f"({counted}), {_count(len(left_out), 'column')} left out.",
        f"Wrote {shown(files.params)}: gates {', '.join([*floors, *ceilings])}; on rows "
        f"like the test rows, {limits.primary} is {limits.mean:.3f} (standard deviation "
        f"{limits.deviation:.3f}), and {limits.trivial:.3f} for a constant prediction.",
        f"Wrote {shown(files.governance)}: complete it before a promotion to production.",
    ]
    if sample is not None:
        reason = not_in_a_clone(sample)
        if reason is not None:
            warnings = [*warnings, f"{reason}, so that CI cannot read the sample"]
        lines.append(
            f"Wrote {sample} with {sample_rows:,} rows of the source. Commit it: the pipeline uses "
            f"it where {found.params.source} is missing, as in CI. If rows must not be in git, "
            "delete it and set data.source to a URI."
        )
    elif found.file is not None:
        lines.append(f"Commit {found.params.source}: the pipeline reads it in CI, too.")
    lines += [f"Warning: {line}." for line in warnings]
    lines.append(f"Next: make pipeline MODEL={request.model}")
    return lines
