"""Learns from decided rows who gets what: a table of rules, special ones before general ones.

A level says of a row what a rule at this level would ask for. From the most general level to the most special one, a
rule is kept where it decides at least `margin` rows more as the city did than the levels before it do. How much that
must be is found by cross-validation within the rows to learn from; nothing else is ever looked at.
"""
import collections
import random


class Table:
    def __init__(self, levels, answer, margin):
        self.levels = levels  # functions row -> what is asked for, None where the level does not apply
        self.answer = answer
        self.margin = margin
        self.rules = [{} for _ in levels]  # by level: what is asked for -> answer

    def decide(self, row):
        """(level, answer) of the most special rule, or None."""
        for i in reversed(range(len(self.levels))):
            found = self.rules[i].get(self.levels[i](row))
            if found is not None:
                return i, found
        return None

    def fit(self, rows):
        wanted = [self.answer(row) for row in rows]
        so_far = [None] * len(rows)
        for level, rules in zip(self.levels, self.rules):
            groups = collections.defaultdict(list)
            for i, row in enumerate(rows):
                if level(row) is not None:
                    groups[level(row)].append(i)
            for key, group in groups.items():
                counts = collections.Counter(wanted[i] for i in group)
                best = min(counts, key=lambda a: (-counts[a], a))
                if counts[best] - sum(so_far[i] == wanted[i] for i in group) >= self.margin:
                    rules[key] = best
                    for i in group:
                        so_far[i] = best
        return self

    def share(self, rows):
        """Of these rows, the share that is decided as the city did."""
        decided = [self.decide(row) for row in rows]
        return sum(d is not None and d[1] == self.answer(row) for d, row in zip(decided, rows)) / len(rows)


def learn(rows, levels, answer, margins=(1, 2, 3, 4, 6, 8), folds=5, tolerance=0.002, seed=1):
    """A table of all `rows`, with the largest margin that is as good as the best on the fold left out."""
    order = list(rows)
    random.Random(seed).shuffle(order)

    def trial(margin):
        total = 0.0
        for k in range(folds):
            rest = [row for i, row in enumerate(order) if i % folds != k]
            total += Table(levels, answer, margin).fit(rest).share(order[k::folds])
        return total / folds

    results = {margin: trial(margin) for margin in margins}
    best = max(m for m in margins if results[m] >= max(results.values()) - tolerance)
    return Table(levels, answer, best).fit(rows)
