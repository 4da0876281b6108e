"""The meter: CPU of all threads in the right row, fake clocks, no nesting."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.observer import Phase, Volume
from profiler.meter import (
    Memory,
    Meter,
    Reading,
    Transfer,
    process_key,
    read_books,
    read_counters,
    seconds_per_call,
)

BURN_CPU_SECONDS = 0.3


def burn(cpu_seconds: float = BURN_CPU_SECONDS) -> None:
    until = time.thread_time() + cpu_seconds
    while time.thread_time() < until:
        sum(range(1000))


def burn_in_a_thread() -> None:
    thread = threading.Thread(target=burn)
    thread.start()
    thread.join()


def cpu(row: dict) -> float:
    return row["cpu_user_seconds"] + row["cpu_system_seconds"]


def test_rows_are_differences_of_the_counters(tmp_path):
    readings = iter([Reading(1, 0.25, 10, 0), Reading(3, 0.75, 14, 2)])
    transfers = iter([Transfer(100, 7), Transfer(150, 9)])
    meter = Meter(
        tmp_path,
        lambda: next(readings),
        lambda: next(transfers),
        lambda: Memory(80, 60),
    )
    meter.begin(Phase("stage", "judge", "shard", 4))
    meter.end(Volume(5, 3, 500, 300, 20))
    (row,) = meter.table().to_pylist()
    assert row == {
        "stage": "stage",
        "phase": "judge",
        "shard": "shard",
        "batch": 4,
        "docs_in": 5,
        "docs_out": 3,
        "bytes_in": 500,
        "bytes_out": 300,
        "edited_bytes": 20,
        "cpu_user_seconds": 1.5,
        "cpu_system_seconds": 0.5,
        "wall_seconds": 4,
        "read_bytes": 50,
        "written_bytes": 2,
        "peak_rss_bytes": 80,
        "peak_private_bytes": 60,
    }


def test_a_hidden_thread_counts_where_it_burns(tmp_path):
    meter = Meter(tmp_path)
    meter.begin(Phase("quiet", "judge"))
    meter.end(Volume())
    meter.begin(Phase("hidden", "judge"))
    burn_in_a_thread()
    meter.end(Volume())
    quiet, hidden = meter.table().to_pylist()
    assert cpu(hidden) >= BURN_CPU_SECONDS
    assert cpu(quiet) < 0.1


def test_start_up_counts_from_the_beginning_of_the_process(tmp_path):
    before = read_counters().cpu_seconds
    meter = Meter(tmp_path)
    meter.begin(Phase("start-up", "import"))
    meter.end(Volume())
    assert cpu(meter.table().to_pylist()[0]) >= before


def test_peak_memory_is_of_the_phase_and_not_of_a_lifetime(tmp_path):
    meter = Meter(tmp_path)
    meter.begin(Phase("large", "judge"))
    large = bytearray(200_000_000)
    large[::4096] = b"x" * len(large[::4096])
    meter.end(Volume())
    del large
    meter.begin(Phase("small", "judge"))
    meter.end(Volume())
    first, second = meter.table().to_pylist()
    for name in ("peak_rss_bytes", "peak_private_bytes"):
        assert first[name] - second[name] > 150_000_000


def test_a_phase_without_a_new_page_has_what_was_resident_before(tmp_path):
    faults = iter([5, 9, 9, 9, 9, 12])
    most = iter([Memory(90, 70), Memory(80, 60)])
    resident = iter([Memory(40, 30), Memory(50, 35), Memory(45, 30)])
    meter = Meter(
        tmp_path,
        lambda: Reading(0, 0, 0, next(faults)),
        lambda: Transfer(0, 0),
        lambda: next(most),
        lambda: next(resident),
    )
    for name in ("grows", "still", "grows again"):
        meter.begin(Phase(name, "judge"))
        meter.end(Volume())
    rows = meter.table().to_pylist()
    assert [row["peak_rss_bytes"] for row in rows] == [90, 50, 80]
    assert [row["peak_private_bytes"] for row in rows] == [70, 35, 60]


def test_bytes_moved_between_phases_count_for_the_later_one(tmp_path):
    moved = iter([Transfer(0, 0), Transfer(10, 1), Transfer(30, 5)])
    meter = Meter(tmp_path, transfer=lambda: next(moved))
    for name in ("first", "second"):
        meter.begin(Phase(name, "judge"))
        meter.end(Volume())
    rows = meter.table().to_pylist()
    assert [(row["read_bytes"], row["written_bytes"]) for row in rows] == [(10, 1), (20, 4)]


def test_a_mapped_file_is_resident_but_not_private(tmp_path):
    """In a process of its own, whose marks no other test has raised."""
    path = tmp_path / "mapped"
    path.touch()
    os.truncate(path, 100_000_000)
    code = """if True:
        import mmap, sys
        from profiler.meter import read_memory
        before = read_memory()
        with open(sys.argv[1], "rb") as file, mmap.mmap(
            file.fileno(), 0, prot=mmap.PROT_READ
        ) as pages:
            assert len(pages[:: mmap.PAGESIZE])
            after = read_memory()
        print(*(new - old for new, old in zip(after, before)))
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    resident, private = (int(each) for each in done.stdout.split())
    assert resident > 90_000_000
    assert private < 10_000_000


def test_a_child_does_not_start_with_the_peak_of_its_parent():
    """As ru_maxrss does: a parent that holds much would show in every row of its workers."""
    large = bytearray(300_000_000)
    large[::4096] = b"x" * len(large[::4096])
    code = "from profiler.meter import read_memory; print(read_memory().peak_rss_bytes)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < len(large)


def test_phases_do_not_nest(tmp_path):
    meter = Meter(tmp_path)
    meter.begin(Phase("a", "judge"))
    with pytest.raises(RuntimeError, match="do not nest"):
        meter.begin(Phase("b", "judge"))
    meter.end(Volume())
    with pytest.raises(RuntimeError, match="did not begin"):
        Meter(tmp_path).end(Volume())


def test_rows_are_kept_when_the_work_ends_well_and_only_then(tmp_path):
    with Meter(tmp_path) as meter:
        meter.begin(Phase("a", "judge"))
        meter.end(Volume())
    books = read_books(tmp_path)
    rows = books.rows.to_pylist()
    assert [(row["stage"], row["phase"]) for row in rows] == [
        ("a", "judge"),
        ("profiling", "meter"),
    ]
    own = rows[1]["cpu_user_seconds"] + rows[1]["cpu_system_seconds"]
    assert own == pytest.approx(meter.own_cpu_seconds)
    assert own > 0
    assert books.calls == 1
    assert books.process == process_key(os.getpid())
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ValueError, match="stop"), Meter(other):
        raise ValueError("stop")
    assert list(other.iterdir()) == []


def test_the_cost_of_a_call_is_measured():
    assert seconds_per_call() > 0


def test_a_process_is_told_from_another_of_the_same_number():
    pid, _, started = process_key(1).partition("-")
    assert pid == "1"
    assert started.isdigit() == Path("/proc/1/stat").exists()
