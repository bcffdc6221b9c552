"""What became of a case, told from its events alone: written apart from daemon/core/case.c, by what proto/whistle.proto
says that an event holds.

    story = Story(); [story.hear(event, record) for each event of the case]; story.case
"""
OPEN = {1, 2, 3, 4, 5, 6, 8, 9}
NEVER = 2**63 - 1


def due_of(clock):
    """When something is to happen to a clock next."""
    if clock.stopped_ms:
        return NEVER
    if clock.pauses and not clock.pauses[-1].to_ms:
        return clock.pauses[-1].until_ms or NEVER
    return min((rung.at_ms for rung in clock.rungs if not rung.fired_ms), default=NEVER)


class Story:
    def __init__(self, pb):
        self.pb, self.case = pb, pb.Case()

    def hear(self, event, record):
        """The next event; `record` is the command's, which names who did it."""
        pb, case = self.pb, self.case
        kind = pb.EventKind.Name(event.kind).removeprefix("EVENT_KIND_").lower()
        if kind == "filed":
            self._begin(event, record)
        if event.state:
            self._move(event)
        for summons in event.summons:
            self._summons(kind, event, summons)
        for clock in event.clocks:
            self._put(case.clocks, clock)
        for part in ("rule", "closing", "open_call"):
            if event.HasField(part):
                getattr(case, part).CopyFrom(getattr(event, part))
        if event.charge:
            case.charge = event.charge
            case.levels_up += kind in ("handed_up", "rung")
        self._others(kind, event)
        case.declines += kind == "declined"
        case.urges += kind == "urged"
        case.reworks += kind == "rework"
        case.rungs_fired += kind == "rung"
        case.erased |= kind == "erased"
        case.updated_ms, case.last_seq = event.at_ms, event.seq
        self._reckon()

    def _begin(self, event, record):
        case = self.case
        case.id, case.number, case.area = event.case_id, event.number, event.area
        case.office = case.charge = event.office
        case.principal, case.agent = record.principal, record.agent.name
        case.filed_ms, case.history, case.category_class = event.at_ms, event.history, event.category_class
        case.whistle.CopyFrom(event.whistle)
        case.flags.extend(event.flags)
        case.related.extend(event.related)

    def _move(self, event):
        case = self.case
        if case.state in OPEN and event.state not in OPEN:
            case.closed_ms = event.at_ms
        if case.state not in OPEN and event.state in OPEN:
            case.closed_ms = 0
        case.state = event.state
        if event.reason:
            case.reason = event.reason

    @staticmethod
    def _put(items, item):
        """By its id, which counts from 1."""
        if item.id > len(items):
            assert item.id == len(items) + 1, item
            items.add()
        items[item.id - 1].CopyFrom(item)

    def _summons(self, kind, event, summons):
        self._put(self.case.summons, summons)
        mine = self.case.summons[summons.id - 1]
        if kind == "accepted" and mine.accepted_ms == event.at_ms:
            mine.accepted_seq = event.seq
        if kind == "reported":
            mine.reported_seq = event.seq
        if kind == "resolved":
            mine.done_seq = event.seq

    def _others(self, kind, event):
        case = self.case
        if kind == "merged":
            case.merged_into = event.other
        if kind == "unmerged":
            case.merged_into = ""
        if event.unreasonable:
            case.unreasonable = event.unreasonable
        if kind in ("joined", "parted"):
            left = [one for one in case.joined if one.number != event.other]
            if kind == "joined":
                left.append(self.pb.Joined(number=event.other, office=event.target))
            del case.joined[:]
            case.joined.extend(left)

    def _reckon(self):
        case = self.case
        due = min((due_of(clock) for clock in case.clocks), default=NEVER)
        case.next_due_ms = 0 if due == NEVER else due
        promises = [clock.promise_ms or clock.due_ms for clock in case.clocks
                    if clock.stage == self.pb.STAGE_RESOLVE and (clock.stop in (0, 1) or case.history)]
        promised = max((at for at in promises if at != NEVER), default=0)
        case.promised_ms = promised or case.promised_ms
