"""A child process that converts files one at a time, so that a bad PDF takes only itself down.

Its CPU clock counts the conversion alone: no progress bar, no other thread. A file that kills the
child, or holds it longer than allowed, is a fault like any other, and a new child goes on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import CorpuscostError
from profiler.conversion.converter import FaultKind, PdfDocument, PdfFaultError, warm
from profiler.conversion.timing import FileTiming, Opener, time_file

MAX_MEMORY_BYTES = 8_000_000_000  # a few bytes of PDF can ask for any amount of memory
Answer = FileTiming | tuple[FaultKind, str]


class Worker:
    """Times files in a child process that is started when it is needed."""

    def __init__(self, seconds_per_file: float, open_document: Opener = PdfDocument) -> None:
        self._seconds = seconds_per_file
        self._open = open_document
        self._child: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def time(self, path: Path) -> FileTiming:
        """Convert a file in the child; PdfFaultError says why it could not be converted."""
        pipe = self._started()
        try:
            pipe.send(path)
            if not pipe.poll(self._seconds):
                self._stop()
                raise PdfFaultError("too-slow", f"more than {self._seconds:g} s")
            answer: Answer = pipe.recv()
        except (EOFError, OSError) as error:
            raise PdfFaultError("crashed", self._last_words()) from error
        if isinstance(answer, FileTiming):
            return answer
        raise PdfFaultError(*answer)

    def _started(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._child = context.Process(target=_serve, args=(theirs, self._open), daemon=True)
            self._child.start()
            theirs.close()
            self._await_readiness(self._pipe)
        return self._pipe

    def _await_readiness(self, pipe: Connection) -> None:
        try:
            pipe.recv()
        except (EOFError, OSError) as error:
            raise CorpuscostError(
                f"the converting process did not start: {self._last_words()}; does "
                "`python -c 'import pypdfium2'` work?"
            ) from error

    def _last_words(self) -> str:
        """How the child ended, after it has gone."""
        if self._child is None:
            return ""
        self._child.join()
        code = self._child.exitcode or 0
        self._stop()
        return signal.strsignal(-code) or f"signal {-code}" if code < 0 else f"exit code {code}"

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._child is not None:
            self._child.kill()
            self._child.join()
        self._pipe = self._child = None


def _serve(pipe: Connection, open_document: Opener) -> None:
    """Answer each path with its timing, or with the kind and detail of its fault."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warm()
    with contextlib.suppress(EOFError, OSError):
        pipe.send("ready")
        while True:
            pipe.send(_answer(pipe.recv(), open_document))


def _answer(path: Path, open_document: Opener) -> Answer:
    try:
        return time_file(path, open_document, time.process_time)
    except PdfFaultError as fault:
        return fault.kind, fault.detail
    except MemoryError:
        return "crashed", "out of memory"
