"""What the Dockerfile makes, made in a plain folder: its steps one by one, with the image's folders below one of ours.

Steps that change the system (packages of Debian, users) are left out; everything the project does itself is done.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from regulars import config

FOLDERS = re.compile(r"(?<![\w/])/(?=opt/|var/lib/)")
OF_THE_SYSTEM = ("apt-get ", "useradd ")


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Word and rest of every instruction, in order."""
    lines = [line for line in dockerfile.read_text().splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def comes_along(name: str, rules: list[str]) -> bool:
    """Whether the file ``name`` is sent to the build; the last rule of .dockerignore that fits decides."""
    parents = ["/".join(name.split("/")[:depth]) for depth in range(1, name.count("/") + 2)]
    kept = True
    for rule in rules:
        if any(_fits(parent, rule.removeprefix("!")) for parent in parents):
            kept = rule.startswith("!")
    return kept


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(name.rsplit("/", 1)[-1], pattern[3:])
    # A star of .dockerignore stays within one folder.
    return name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)


def context(project: Path) -> list[str]:
    """Files of the project git knows that come along."""
    rules = [line for line in (project / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if comes_along(name, rules) and (project / name).is_file()]


@dataclass
class Image:
    """The folder that stands for the image's root, and the environment the image gives."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    entry_point: list[str] = field(default_factory=list)

    def inside(self, text: str) -> str:
        """``text`` with the folders of the image replaced by ours."""
        return FOLDERS.sub(f"{self.root}/", text)

    def build(self, project: Path = config.PROJECT) -> Image:
        """Do every step; fails as the build would."""
        steps = {"WORKDIR": self._work_in, "COPY": self._copy, "RUN": self._run, "ENV": self._set}
        self.environment = {
            "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"]),
            "HOME": str(self.root / "home"),
            # Where packages come from is the machine's own affair.
            **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))},
        }
        (self.root / "home").mkdir(parents=True)
        for word, rest in instructions(project / "Dockerfile"):
            if word in steps:
                steps[word](rest)
            elif word == "ENTRYPOINT":
                self.entry_point = re.findall(r'"([^"]+)"', rest)
        return self

    def _work_in(self, rest: str) -> None:
        self.folder = Path(self.inside(rest))
        self.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        what, _where = rest.split()
        for name in context(config.PROJECT):
            if what in (".", name):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(config.PROJECT / name, self.folder / name)

    def _run(self, rest: str) -> None:
        if rest.startswith(OF_THE_SYSTEM):
            return
        done = subprocess.run(
            ["sh", "-c", self.inside(rest)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (rest, done.stdout[-2000:], done.stderr[-2000:])

    def _set(self, rest: str) -> None:
        for name, value in (pair.split("=", 1) for pair in rest.split()):
            self.environment[name] = self.inside(value).replace("$PATH", self.environment["PATH"])
