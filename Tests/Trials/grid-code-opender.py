#!/usr/bin/env python3
"""Compares the grid code of IEEE 1547 with EPRI's OpenDER on random paths.

    python3 -m venv /tmp/opender && /tmp/opender/bin/pip install opender
    .build/release/LawTrials grid-code --csv --paths 10000 | /tmp/opender/bin/python Tests/Trials/grid-code-opender.py

Reads path, time_s, frequency_hz, voltage_pu and in_service from standard input, and runs OpenDER's enter-service and
trip criteria on the same values. Two conventions are made equal first. OpenDER counts the interval that ends with the
first sample beyond a limit; here it does not count, since the time at which the limit was passed is not known. And OpenDER starts with
its timers run out; here a start waits for the whole delay. Any difference is printed, and the exit code is 1.
"""
import csv
import itertools
import sys

from opender import der
from opender.auxiliary_funcs.cond_delay import ConditionalDelay
from opender.operation_status.enter_service_crit.es_crit import EnterServiceCrit
from opender.operation_status.trip_crit.trip_crit import TripCrit

LIMITS = {
    "uv1": ("v", 0.88, 21), "uv2": ("v", 0.5, 2), "ov1": ("v", 1.1, 13), "ov2": ("v", 1.2, 0.16),
    "uf1": ("f", 58.5, 300), "uf2": ("f", 56.5, 0.16), "of1": ("f", 61.2, 300), "of2": ("f", 62, 0.16),
}


def count_from_first_sample(delay, is_true, time):
    if not is_true:
        delay.con_del_enable_int, delay.con_del_enable_out, delay.was_true = 0, 0, False
        return 0
    before = delay.con_del_enable_int if getattr(delay, "was_true", False) else None
    delay.con_del_enable_int = 0 if before is None else min(time, before + der.DER.t_s)
    delay.was_true = True
    # A nanosecond of slack for sums of decimal fractions.
    if delay.con_del_enable_int >= time - 1e-9:
        delay.con_del_enable_out = 1
    return delay.con_del_enable_out


ConditionalDelay.con_del_enable = count_from_first_sample


class Values:
    """Stands for the parts of a DER that the criteria read."""


class Model:
    def __init__(self, is_in_service):
        unit = Values()
        unit.der_file, unit.exec_delay, unit.der_input = Values(), Values(), Values()
        unit.der_file.ES_RANDOMIZED_DELAY_ACTUAL = 0
        unit.der_file.NP_VA_MAX = 10_000
        unit.der_status = "Continuous Operation" if is_in_service else "Trip"
        settings = unit.exec_delay
        settings.es_permit_service_exec = True
        settings.es_v_low_exec, settings.es_v_high_exec = 0.917, 1.05
        settings.es_f_low_exec, settings.es_f_high_exec = 59.5, 60.1
        settings.es_delay_exec, settings.es_randomized_delay_exec, settings.es_ramp_rate_exec = 300, 0, 300
        for name, (quantity, limit, time) in LIMITS.items():
            setattr(settings, f"{name}_trip_{quantity}_exec", limit)
            setattr(settings, f"{name}_trip_t_exec", time)
        self.unit, self.enter, self.trip = unit, EnterServiceCrit(unit), TripCrit(unit)

    def step(self, frequency, voltage, elapsed):
        der.DER.t_s = elapsed
        given = self.unit.der_input
        given.freq_hz, given.v_low_pu, given.v_high_pu = frequency, voltage, voltage
        enters, trips = self.enter.es_decision(), self.trip.trip_decision()
        if self.unit.der_status == "Trip" and enters:
            self.unit.der_status = "Continuous Operation"
        if trips:
            self.unit.der_status = "Trip"
        return self.unit.der_status != "Trip"


def main():
    samples = paths = changes = 0
    for path, rows in itertools.groupby(csv.DictReader(sys.stdin), key=lambda row: row["path"]):
        model = last = before = None
        paths += 1
        for row in rows:
            time, ours = float(row["time_s"]), row["in_service"] == "1"
            model = model or Model(ours)
            elapsed = 0.0 if last is None else time - last
            theirs = model.step(float(row["frequency_hz"]), float(row["voltage_pu"]), elapsed)
            if ours != theirs:
                sys.exit(f"path {path} at {time} s: in service is {ours} here and {theirs} in OpenDER")
            samples += 1
            changes += before is not None and before != ours
            last, before = time, ours
    if not changes:
        sys.exit("no path trips or enters service: the comparison proves nothing")
    print(f"{paths} paths, {samples} samples, {changes} changes of service: no difference from OpenDER")


main()
