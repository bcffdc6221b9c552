"""Planted bugs: for each promise of the store and the engine the simulator finds it broken.

A mutant is one source file with one place changed. It is compiled as the build compiles the file itself, and linked
into the simulator in front of the layers, so that it takes the place of the good one; the sources hold no trace of it.
A mutant whose place is not there any more fails: it has to follow the source.
"""
import json
import os
import pathlib
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))
SEEDS = int(os.environ.get("WHISTLED_MUTANT_SEEDS", 400))

pytestmark = pytest.mark.skipif(not (BUILD / "tests" / "sim").exists(), reason=f"the simulator is not built: {BUILD}")

# name: (file of daemon/, what stands there, what the bug makes of it)
MUTANTS = {
    # 1: an answered whistle is never lost, never doubled
    "the answer leaves before the sync": ("store/journal.c", """\
    if (!rc)
        rc = store_io_sync(&j->io, s->fd, s->name, &j->error);
    if (!rc)
        return 0;
    if (rc != ERROR_IO""", """\
    if (!rc)
        return 0;
    if (rc != ERROR_IO"""),
    "a refused batch stays on the disk": ("store/journal.c",
        "segment_wipe(s, offset, offset + j->batch.length, NULL) == 0", "offset"),
    "a torn tail is not cut": ("store/journal_recover.c",
        "return segment_wipe(s, offset, rest.end, error);", "return 0;"),
    "a torn record is taken": ("store/record.c",
        "if (get32(bytes + AT_CRC) != public_crc(bytes, public_padded, seed))", "if (false)"),
    "a request is forgotten": ("store/project.c",
        "if (facts->request_id.length == 16)", "if (facts->request_id.length == 16 && facts->events[0].seq % 4)"),
    "a request that comes again is decided again": ("engine/request.c",
        "if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &was))",
        "if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &was) || was.seq % 4 == 0)"),
    "a refused batch is answered as done": ("engine/batch.c", """\
    TAILQ_FOREACH (work, works, entry) {
        work->reply""", """\
    TAILQ_FOREACH (work, works, entry) {
        if (work->code == 0 && work->reply.length)
            continue;
        work->reply"""),
    "the state keeps what the journal refused": ("store/store.c",
        "if (rc || !store->entry_count)", "if (!store->entry_count)"),
    "a number is given again": ("store/tables.c",
        "count = key_get_u32(cursor.key, 4);", "count = key_get_u32(cursor.key, 4) % 3;"),
    # 2: no rung fires twice; none is skipped
    "a rung is not marked": ("core/decide_tick.c",
        "marked->rungs[index].fired_ms = draft->now_ms;",
        "marked->rungs[index].fired_ms = draft->first_seq % 8 ? draft->now_ms : 0;"),
    "what is due is skipped": ("engine/due.c",
        "        int rc = due.kind == DUE_DIGEST", """\
        if (due.kind == DUE_CASE && due.id % 4 == 0) {
            state_put_due(store_batch(batcher->store), &due, false);
            continue;
        }
        int rc = due.kind == DUE_DIGEST"""),
    # 3: due, feeds and books are what the journal says
    "what was due stays": ("store/project.c", """\
    if (file && file->next_due_ms && case_is_open(file->state))
        state_put_due(""", """\
    if (file && file->next_due_ms && case_is_open(file->state) && (add || file->id % 3))
        state_put_due("""),
    "somebody is not told": ("store/project.c", """\
        if (!event->recipients[i].digested)
            state_put_told""", """\
        if (!event->recipients[i].digested && event->seq % 16)
            state_put_told"""),
    "a fact is not booked": ("store/project.c",
        "        if (!error)\n            books_event(", "        if (!error && facts->events[i].seq % 8)\n            books_event("),
    # 4: replayed, the journal gives the same tables; a changed byte is found
    "what is replayed is not indexed": ("store/store_recover.c",
        "state_put_place(txn, record->body.first_seq, record->body.count, record->place);", ""),
    "the state is used after a power cut": ("store/store_recover.c",
        "if (mark == MARK_LOST || (mark", "if ((mark"),
    "the private part has no checksum": ("store/record.c",
        "bool fits = mark == MARK_LIVE && crc == crc32c(seed, part, private_padded);", "bool fits = mark == MARK_LIVE;"),
    # 6: what was erased is gone
    "an erasure that was cut off is not finished": ("store/store.c", """\
    if (!rc && recovery->way != STORE_CLEAN)
        rc = store_finish_erasures(store);
""", ""),
    # 7: a full disk is refused, and it goes on when there is room
    "a full disk is for ever": ("store/segment_maker.c", """\
    int rc = store_error_errno(error, "fallocate", unfinished);
    drop(m);""", """\
    int rc = store_error_errno(error, "fallocate", unfinished);
    close(m->fd);"""),
}


def compile_command(source):
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == source:
            return shlex.split(entry["command"]), entry["directory"]
    raise AssertionError(f"{source} is not compiled")


def compile_mutant(name, source, folder):
    file, old, new = MUTANTS[name]
    text = source.read_text()
    assert text.count(old) == 1, f"{file}: the place of “{name}” is there {text.count(old)} times"
    mutant = folder / source.name
    mutant.write_text(text.replace(old, new))
    command, directory = compile_command(source)
    target = folder / (source.stem + ".o")
    command[command.index("-o") + 1] = str(target)
    command[command.index(str(source))] = str(mutant)
    done = subprocess.run([*command, "-w"], cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def link(mutant, program):
    done = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "tests/sim"], capture_output=True, text=True, check=True)
    line = [line for line in done.stdout.splitlines() if " -o tests/sim " in line][-1]
    line = line.replace(" -o tests/sim ", f" {shlex.quote(str(mutant))} -o {shlex.quote(str(program))} ")
    done = subprocess.run(line, shell=True, cwd=BUILD, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_the_simulator_catches(tmp_path, name):
    mutant = compile_mutant(name, ROOT / "daemon" / MUTANTS[name][0], tmp_path)
    program = tmp_path / "sim"
    link(mutant, program)
    done = subprocess.run([program, "--seeds", f"1..{SEEDS}"], capture_output=True, text=True, timeout=280)
    assert done.returncode == 1, f"“{name}” survived {SEEDS} seeds:\n{done.stdout}"
    assert "FAILED at batch" in done.stdout and "the least of it:" in done.stdout, done.stdout + done.stderr
    print(done.stdout, done.stderr)
