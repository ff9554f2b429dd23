"""The registry of fitted models: folders of LightGBM text or JSON, and one pointer a model to its champion.

``<root>/<model>/<version>/`` is immutable and named by its content; ``champion.json`` is replaced in one step, and
every content it ever had is a line of ``history.jsonl``. A folder whose name begins with a dot was left by a process
that ended half-way: nobody reads it, and the next save removes it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.datasets.schema import schema_hash
from ml.models.learners import Fitted, content_hash, described, files_of, restored
from regulars import clock, durable
from regulars.errors import DataHeld, RegularsError, UsageError, did_you_mean
from regulars.failpoint import failpoint

_INCOMING = ".incoming-"
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class StoredModel:
    """One version as it was saved and verified: ``card`` is model.json, ``quality`` is quality.json."""

    version: str
    ensemble: Fitted
    card: dict[str, Any]
    quality: dict[str, Any]


def version_of(ensemble: Fitted) -> str:
    """The name of a fitted model: the beginning of the sha256 over what was learned, calibration and schema hash."""
    return content_hash(ensemble)[:_VERSION_LENGTH]


class Registry:
    """The models of one home, below the folder ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, model: str, ensemble: Fitted, card: dict[str, Any], quality: dict[str, Any]) -> str:
        """Put a fitted model there, whole or not at all; returns its version. The same content is saved once."""
        version = version_of(ensemble)
        folder = self._root / model
        folder.mkdir(parents=True, exist_ok=True)
        for orphan in folder.glob(f"{_INCOMING}*"):
            durable.remove_tree(orphan)
        if self._is_whole(model, version):
            return version
        incoming = folder / f"{_INCOMING}{version}"
        files = {**files_of(ensemble), "quality.json": _json(quality, indent=2)}
        told = {**described(ensemble), "files": {name: _sha256(text) for name, text in files.items()}}
        for name, text in {**files, "model.json": _json({**told, **card}, indent=2)}.items():
            durable.write_text(incoming / name, text)
        failpoint("train.between_file_and_registry")
        durable.remove_tree(folder / version)
        incoming.replace(folder / version)
        durable.sync_directory(folder)
        return version

    def versions(self, model: str) -> list[str]:
        """Versions that are there, the latest trained first."""
        cards = [(self._read(path), path.parent.name) for path in (self._root / model).glob("[!.]*/model.json")]
        return [version for _, version in sorted(((card["as_of"], name) for card, name in cards), reverse=True)]

    def load(self, model: str, version: str) -> StoredModel:
        """One version, verified. Raises UsageError when it is not there, DataHeld when it was changed."""
        folder = self._root / model / version
        if not (folder / "model.json").exists():
            known = self.versions(model)
            hint = did_you_mean(version, known) if known else "None has been trained yet."
            raise UsageError(
                f"There is no version '{version}' of model '{model}'. {hint}", where=str(self._root / model)
            )
        card = self._read(folder / "model.json")
        try:
            stored = self._verified(folder, card)
        except (KeyError, TypeError, ValueError):
            raise _changed(folder / "model.json") from None
        if schema_hash(stored.ensemble.features) != card["schema_hash"] or version_of(stored.ensemble) != version:
            raise _changed(folder / "model.json")
        return stored

    def champion(self, model: str) -> StoredModel | None:
        """The version that scores, verified; None when none was ever promoted."""
        pointer = self.pointer(model)
        return self.load(model, pointer["version"]) if pointer else None

    def pointer(self, model: str) -> dict[str, Any] | None:
        """champion.json: version, promoted_at (our clock, UTC), previous, action, reason; None before the first."""
        path = self._root / model / "champion.json"
        return self._read(path) if path.exists() else None

    def history(self, model: str) -> list[dict[str, Any]]:
        """Every promotion and rollback, oldest first, each as champion.json was then."""
        path = self._root / model / "history.jsonl"
        try:
            entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        except ValueError:
            raise _changed(path) from None
        pointer = self.pointer(model)
        # champion.json moves first: who was killed there has left the entry in it alone.
        return entries if not pointer or pointer in entries[-1:] else [*entries, pointer]

    def promote(self, model: str, version: str, *, action: str = "promote", reason: str | None = None) -> None:
        """Make ``version`` the champion, after verifying it, and keep ``action`` (promote, rollback) and ``reason`` in
        the history. Nothing happens when it already is.
        """
        self.load(model, version)
        self._keep_history(model)
        pointer = self.pointer(model)
        previous = pointer["version"] if pointer else None
        if previous == version:
            return
        entry = {"version": version, "promoted_at": clock.utc_now().isoformat(), "previous": previous}
        entry |= {"action": action, "reason": reason}
        durable.write_text(self._root / model / "champion.json", _json(entry, indent=2))
        self._keep_history(model)

    def rollback(self, model: str, version: str | None = None) -> str:
        """Make the champion before this one champion again, or the earlier champion ``version``; returns its version.

        A second call undoes the first. Raises RegularsError when there is none, UsageError when ``version`` never was.
        """
        earlier = {entry["version"] for entry in self.history(model)}
        if version and version not in earlier:
            hint = did_you_mean(version, earlier) if earlier else ""
            raise UsageError(f"'{version}' has never been champion. {hint}".rstrip(), where=f"model '{model}'")
        pointer = self.pointer(model)
        target = version or (pointer["previous"] if pointer else None)
        if not target:
            raise RegularsError(
                "There is no earlier champion to go back to",
                where=f"model '{model}'",
                next_step="`regulars model list` shows the versions that are there",
            )
        self.promote(model, target, action="rollback")
        return target

    def trained_as_of(self, model: str, version: str) -> datetime | None:
        """The instant before which ``version`` knew everything when it was trained; None when it is not there."""
        path = self._root / model / version / "model.json"
        return datetime.fromisoformat(self._read(path)["as_of"]) if path.exists() else None

    def note(self, model: str, name: str, content: dict[str, Any]) -> None:
        """Leave ``content`` as ``<name>.json`` beside the versions, in one step."""
        durable.write_text(self._root / model / f"{name}.json", _json(content, indent=2))

    def noted(self, model: str, name: str) -> dict[str, Any] | None:
        """What was noted under ``name``; None when nothing was."""
        path = self._root / model / f"{name}.json"
        return self._read(path) if path.exists() else None

    def _verified(self, folder: Path, card: dict[str, Any]) -> StoredModel:
        texts = {name: self._verified_text(folder / name, digest) for name, digest in card["files"].items()}
        quality = json.loads(texts.pop("quality.json"))
        return StoredModel(folder.name, restored(card, texts), card, quality)

    def _keep_history(self, model: str) -> None:
        lines = [_json(entry) + "\n" for entry in self.history(model)]
        durable.write_text(self._root / model / "history.jsonl", "".join(lines))

    def _is_whole(self, model: str, version: str) -> bool:
        try:
            self.load(model, version)
        except RegularsError:
            return False
        return True

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            raise _changed(path) from None

    def _verified_text(self, path: Path, digest: str) -> str:
        if not path.exists() or durable.sha256_of(path) != digest:
            raise _changed(path)
        return path.read_text()


def _changed(path: Path) -> DataHeld:
    return DataHeld(
        "denied: this file of a model is missing or is not as it was saved",
        where=str(path),
        next_step="run `regulars model rollback`, or train again; what was published stays as it is",
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _json(content: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps(content, indent=indent, sort_keys=True, ensure_ascii=False)
