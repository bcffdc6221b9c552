"""Planted bugs: for each promise of the store and the engine the simulator finds it broken.

A mutant is one source file with one place changed. It is compiled as the build compiles the file itself, and linked
into the simulator in front of the layers, so that it takes the place of the good one; the sources hold no trace of it.
A mutant whose place is not there any more fails: it has to follow the source.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))
SEEDS = int(os.environ.get("WHISTLED_MUTANT_SEEDS", 400))

pytestmark = pytest.mark.skipif(not (BUILD / "tests" / "sim").exists(), reason=f"the simulator is not built: {BUILD}")

# name: (a seed that catches it as this is written: from there on it is searched, file of daemon/, what stands there,
# what the bug makes of it)
MUTANTS = {
    # 1: an answered whistle is never lost, never doubled
    "the answer leaves before the sync": (1, "store/journal.c", """\
    if (!rc)
        rc = store_io_sync(&j->io, s->fd, s->path, &j->error);
    if (!rc)
        return 0;
    if (rc != ERROR_IO""", """\
    if (!rc)
        return 0;
    if (rc != ERROR_IO"""),
    "a torn record is taken": (1, "store/record.c",
        "if (get32(bytes + AT_CRC) != public_crc(bytes, public_padded, seed))", "if (false)"),
    "a request is forgotten": (1, "store/project.c",
        "if (facts->request_id.length == 16)", "if (facts->request_id.length == 16 && facts->events[0].seq % 4)"),
    "a request that comes again is decided again": (1, "engine/request.c",
        "if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &was))",
        "if (!state_get_request(store_batch(store), work->id.bytes, work->principal, &was) || was.seq % 4 == 0)"),
    "a refused batch is answered as done": (12, "engine/batch.c", """\
    TAILQ_FOREACH (work, works, entry) {
        work->reply""", """\
    TAILQ_FOREACH (work, works, entry) {
        if (work->code == 0 && work->reply.length)
            continue;
        work->reply"""),
    "the state keeps what the journal refused": (1, "store/store.c",
        "if (rc || !store->entry_count)", "if (!store->entry_count)"),
    "a number is given again": (1, "store/tables.c",
        "count = key_get_u32(cursor.key, 4);", "count = key_get_u32(cursor.key, 4) % 3;"),
    # … and a torn tail is told from damage: what is left of it comes back behind a later batch of its length, as records
    # or as damage, and is damage for ever once the next segment is begun
    "a torn tail is not cut": (1, "store/journal_recover.c",
        "return options->read_only ? 0 : segment_wipe(s, offset, rest.end, error);", "return 0;"),
    "a refused batch stays on the disk": (1, "store/journal.c",
        "if (rc != ERROR_IO && segment_wipe(s, offset, offset + j->batch.length, NULL) == 0)", "if (rc != ERROR_IO)"),
    # 2: no rung fires twice; none is skipped
    "a rung is not marked": (1, "core/decide_tick.c",
        "marked->rungs[index].fired_ms = draft->now_ms;",
        "marked->rungs[index].fired_ms = draft->first_seq % 8 ? draft->now_ms : 0;"),
    "what is due is skipped": (1, "engine/due.c",
        "        int rc = due.kind == DUE_DIGEST", """\
        if (due.kind == DUE_CASE && due.id % 4 == 0) {
            state_put_due(store_batch(batcher->store), &due, false);
            continue;
        }
        int rc = due.kind == DUE_DIGEST"""),
    # 3: due, feeds and books are what the journal says
    "what was due stays": (1, "store/project.c", """\
    if (file && file->next_due_ms && case_is_open(file->state))
        state_put_due(""", """\
    if (file && file->next_due_ms && case_is_open(file->state) && (add || file->id % 3))
        state_put_due("""),
    "somebody is not told": (1, "store/project.c", """\
        if (!event->recipients[i].digested)
            state_put_told""", """\
        if (!event->recipients[i].digested && event->seq % 16)
            state_put_told"""),
    "a fact is not booked": (1, "store/project.c",
        "        if (!error)\n            books_event(", "        if (!error && facts->events[i].seq % 8)\n            books_event("),
    # 4: replayed, the journal gives the same tables; a changed byte is found
    "what is replayed is not indexed": (1, "store/replay.c",
        "state_put_place(txn, record->body.first_seq, record->body.count, record->place);", ""),
    "the state is used after a power cut": (1, "store/store_recover.c",
        "if (mark == MARK_LOST || (mark", "if ((mark"),
    "what a power cut left of the state stays": (1, "store/store_recover.c",
        """    drop(store, "state/data.mdb");\n""", ""),
    "the journal's end is believed as it is found": (1, "store/journal_recover.c",
        "return rc || options->read_only ? rc : make_sure(j, last_batch, error);", "(void)make_sure;\n    return rc;"),
    "a state that is written to counts as closed": (192, "store/store_recover.c",
        "int rc = mark == MARK_CLEAN ? store_mark_write(store->directory, store->boot, false, error) : 0;", "int rc = 0;"),
    "the private part has no checksum": (66, "store/record.c",
        "bool fits = mark == MARK_LIVE && crc == crc32c(seed, part, private_padded);", "bool fits = mark == MARK_LIVE;"),
    # 6: what was erased is gone
    "an erasure that was cut off is not finished": (157, "store/store_recover.c", """\
    rc = store_finish_erasures(store);
""", ""),
    "a segment leaves before its copy has a name": (1, "store/journal_archive.c", """\
    if (io->fsync(io->context, j->home.archive)) {""", "    if (false) {"),
    # 7: a full disk is refused, and it goes on when there is room
    "a full disk is full for ever": (13, "store/segment_maker.c", """\
    (void)m->io->unlink(m->io->context, m->directory, unfinished);
    return rc;""", """\
    (void)m->io->unlink(m->io->context, m->directory, unfinished);
    m->directory = -1;
    return rc;"""),
}


def compile_command(source):
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == source:
            return shlex.split(entry["command"]), entry["directory"]
    raise AssertionError(f"{source} is not compiled")


def compile_mutant(name, source, folder):
    _, file, old, new = MUTANTS[name]
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


def planted(folder, name):
    program = folder / "sim"
    link(compile_mutant(name, ROOT / "daemon" / MUTANTS[name][1], folder), program)
    return program


def run(program, *options):
    return subprocess.run([program, *options], capture_output=True, text=True, timeout=280)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_simulator_catches(tmp_path, name):
    first = MUTANTS[name][0]
    done = run(planted(tmp_path, name), "--seeds", f"{first}..{first + SEEDS}", "--shrink", "no")
    assert done.returncode == 1, f"“{name}” survived {SEEDS} seeds:\n{done.stdout}"
    assert "FAILED at batch" in done.stdout, done.stdout + done.stderr
    print(done.stdout, done.stderr)


def test_what_failed_is_narrowed_down_and_can_be_run_again(tmp_path):
    program = planted(tmp_path, "a number is given again")
    done = run(program, "--seeds", "1..5")
    assert done.returncode == 1
    whole, least = re.findall(r"(?:to run it again|the least of it): +sim (.*)", done.stdout)
    assert "--steps" in least and "--without" in least and "--steps" not in whole
    for command in whole, least:
        again = run(program, *command.split(), "--shrink", "no")
        assert again.returncode == 1 and "is given a second time" in again.stderr, again.stdout + again.stderr
